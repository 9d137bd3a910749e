#include "evaluation/hum_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.h"
#include "evaluation/evaluation.h"
#include "tests/evaluation/planted_set.h"

namespace melomine::evaluation {
namespace {

using ::testing::HasSubstr;

/// Tells recordings by their length alone.
class LengthEmbedder : public retrieval::Embedder {
 public:
  int64_t dim() const override { return kDim; }
  double hop_s() const override { return 0.25; }
  double window_s() const override { return 1; }
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
    RandomStream random({static_cast<uint64_t>(std::lround(audio.duration_s() * 10))});
    retrieval::FingerprintSequence z{20, kDim, 0.25, 0.5, {}};
    for (int64_t i = 0; i < 20 * kDim; ++i) z.values.push_back(static_cast<float>(random.normal()));
    return z;
  }
};

TEST(HumSearch, TheBestTempoCounts) {
  EvaluationSet set;
  for (size_t i = 1; i <= 3; ++i)
    set.references.push_back(item_of(std::to_string(i), std::vector<float>(i * 16000, 0.1f)));
  set.queries.push_back(
      item_of("q", std::vector<float>(16000, 0.1f)));  // sounds like 1, at half tempo like 2
  set.relevance = {{{1}, {}}};
  LengthEmbedder model;
  RunObserver observer;
  EvaluationConfig config = without_baseline();
  EXPECT_LT(evaluate(set, &model, config, observer).systems[0].target_scores[0], 0.9);
  search_of(config).query_tempo_ratios = {1.0, 0.5};
  const auto report = evaluate(set, &model, config, observer);
  EXPECT_NEAR(report.systems[0].target_scores[0], 1, 1e-5);
  EXPECT_NEAR(report.systems[0].best[0][1].score, 1, 1e-5) << "the other tempo's counts, too";
}

/// Hears nothing that is a number in recordings of 1 s.
class DeafEmbedder : public LengthEmbedder {
 public:
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
    auto z = LengthEmbedder::embed(audio);
    if (std::lround(audio.duration_s() * 10) == 10)
      z.values.assign(z.values.size(), std::numeric_limits<float>::quiet_NaN());
    return z;
  }
};

TEST(HumSearch, AScoreThatIsNoNumberAtOneTempoHidesNoneAtAnother) {
  EvaluationSet set;
  for (size_t i = 2; i <= 4; ++i)
    set.references.push_back(item_of(std::to_string(i), std::vector<float>(i * 16000, 0.1f)));
  set.queries.push_back(item_of("q", std::vector<float>(16000, 0.1f)));  // at half tempo like the first
  set.relevance = {{{0}, {}}};
  DeafEmbedder model;
  RunObserver observer;
  EvaluationConfig config = without_baseline();
  search_of(config).similarity.correlation = retrieval::Correlation::kCross;
  EXPECT_TRUE(std::isnan(evaluate(set, &model, config, observer).systems[0].target_scores[0]));
  search_of(config).query_tempo_ratios = {1.0, 0.5};
  const SystemResult first_deaf = evaluate(set, &model, config, observer).systems[0];
  EXPECT_TRUE(std::isfinite(first_deaf.target_scores[0]));
  EXPECT_EQ(first_deaf.ranked[0].first_rank, 1);
  search_of(config).query_tempo_ratios = {0.5, 1.0};
  EXPECT_EQ(evaluate(set, &model, config, observer).systems[0].target_scores, first_deaf.target_scores);
}

/// Keeps what stages say at their end.
class EndObserver : public RunObserver {
 public:
  void on_stage_end(std::string_view summary) override { said += summary; }
  std::string said;
};

TEST(HumSearch, QueriesOfOneSongAreRankedByTheirScoresAndItIsSaid) {
  // Five hums of one song: its reference has no strangers, so Z-norm has nothing to measure it by.
  EvaluationSet set = planted_set();
  const EvaluationItem hummed = set.queries[0];
  for (EvaluationItem& query : set.queries) query.audio = hummed.audio;
  for (retrieval::Relevance& relevance : set.relevance) relevance.targets = {0};
  PlantedEmbedder model;
  EndObserver observer;
  EvaluationConfig config = without_baseline();
  const SystemResult raw = evaluate(set, &model, config, observer).systems[0];
  EXPECT_EQ(observer.said, "");
  search_of(config).normalise = retrieval::Normalisation::kZ;
  const SystemResult z = evaluate(set, &model, config, observer).systems[0];
  EXPECT_EQ(z.target_scores, raw.target_scores);
  EXPECT_DOUBLE_EQ(z.metric("mrr"), raw.metric("mrr"));
  EXPECT_THAT(observer.said, HasSubstr("fewer than two"));
  observer.said.clear();
  EXPECT_NE(evaluate(planted_set(), &model, config, observer).systems[0].target_scores, raw.target_scores);
  EXPECT_EQ(observer.said, "") << "five songs are enough";
}

/// Fingerprints that share a direction far longer than what tells them apart.
class ColouredEmbedder : public PlantedEmbedder {
 public:
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
    auto z = PlantedEmbedder::embed(audio);
    for (int64_t t = 0; t < z.steps; ++t) {
      float* row = z.values.data() + t * kDim;
      double square = 0;
      for (int64_t d = 0; d < kDim; ++d) {
        row[d] = 0.2f * row[d] + (d % 2 == 0 ? 1.0f : -1.0f);
        square += static_cast<double>(row[d]) * row[d];
      }
      for (int64_t d = 0; d < kDim; ++d) row[d] /= static_cast<float>(std::sqrt(square));
    }
    return z;
  }
};

/// The best score of a wrong candidate.
double best_stranger(const SystemResult& system, size_t query) {
  for (const retrieval::Hit& hit : system.best[query])
    if (hit.reference != static_cast<int64_t>(query)) return hit.score;
  return std::numeric_limits<double>::quiet_NaN();
}

TEST(HumSearch, CentringTakesAwayWhatAllFingerprintsShare) {
  ColouredEmbedder model;
  RunObserver observer;
  EvaluationConfig config = without_baseline();
  const auto raw = evaluate(planted_set(), &model, config, observer).systems[0];
  EXPECT_GT(best_stranger(raw, 0), 0.9) << "strangers share the colour";
  for (const auto center : {retrieval::Centring::kRecording, retrieval::Centring::kCollection}) {
    search_of(config).center = center;
    const auto centred = evaluate(planted_set(), &model, config, observer).systems[0];
    EXPECT_DOUBLE_EQ(centred.metric("top1"), 1);
    EXPECT_LT(best_stranger(centred, 0), 0.6);
  }
}

TEST(HumSearch, AShortReferenceDoesNotWinByCoveringLittle) {
  // The query's own reference is a noisy copy; another holds nothing but two steps of the query.
  EvaluationSet set;
  const std::vector<float> query = noise(80, 1), blur = noise(80, 2);
  std::vector<float> own;
  for (size_t i = 0; i < query.size(); ++i) own.push_back(query[i] + 0.5f * blur[i]);
  set.queries.push_back(item_of("q", query));
  set.references = {item_of("own", own), item_of("short", {query.begin() + 8, query.begin() + 16})};
  set.relevance = {{{0}, {}}};
  PlantedEmbedder model;
  RunObserver observer;
  EvaluationConfig config = without_baseline();
  EXPECT_EQ(evaluate(set, &model, config, observer).systems[0].ranked[0].first_rank, 2) << "as in the paper";
  search_of(config).similarity.uncovered_cost = 1;
  EXPECT_EQ(evaluate(set, &model, config, observer).systems[0].ranked[0].first_rank, 1);
}

/// Hears the level at each window's centre: every level is a note of its own, and quiet is one, too.
class LevelEmbedder : public PlantedEmbedder {
 public:
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
    retrieval::FingerprintSequence z{0, kDim, hop_s(), 0.5 * window_s(), {}};
    for (double end_s = window_s(); end_s <= audio.duration_s(); end_s += hop_s(), ++z.steps) {
      const auto n = static_cast<size_t>((end_s - 0.5 * window_s()) * audio.sample_rate_hz);
      const std::vector<float> row = noise(kDim, static_cast<uint64_t>(std::lround(audio.samples[n] * 1000)));
      const float norm = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0f));
      for (const float value : row) z.values.push_back(value / norm);
    }
    return z;
  }
};

/// Quarter seconds of the notes `first`, `first` + 1, …; note 0 is a rest.
void sing(uint64_t first, int quarters, std::vector<float>& samples) {
  for (int i = 0; i < quarters; ++i)
    samples.insert(samples.end(), 4000,
                   first == 0 ? 0.0f : 0.5f + 0.001f * static_cast<float>(first + static_cast<uint64_t>(i)));
}

TEST(HumSearch, RestsAreNoMelodyWhereTheyAreMasked) {
  // The query's rest lasts longer than what it sings; the wrong reference has nothing but the rest of it.
  EvaluationSet set;
  std::vector<float> query, own, other;
  sing(1, 12, query), sing(0, 40, query), sing(13, 12, query);
  sing(1, 12, own), sing(200, 40, own), sing(13, 12, own);
  sing(300, 12, other), sing(0, 40, other), sing(320, 12, other);
  set.queries.push_back(item_of("q", query));
  set.references = {item_of("own", own), item_of("other", other)};
  set.relevance = {{{0}, {}}};
  LevelEmbedder model;
  RunObserver observer;
  EvaluationConfig config = without_baseline();
  EXPECT_EQ(evaluate(set, &model, config, observer).systems[0].ranked[0].first_rank, 2);
  search_of(config).voice.level_db = 30;
  EXPECT_EQ(evaluate(set, &model, config, observer).systems[0].ranked[0].first_rank, 1);
}

}  // namespace
}  // namespace melomine::evaluation
