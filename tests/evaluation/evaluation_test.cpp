#include "evaluation/evaluation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/random.h"
#include "evaluation/evaluation_report.h"
#include "evaluation/evaluation_set.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::evaluation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int64_t kDim = 4;

/// Takes the samples themselves for fingerprints, kDim at a time.
class PlantedEmbedder : public retrieval::Embedder {
 public:
  int64_t dim() const override { return kDim; }
  double hop_s() const override { return 0.25; }
  double window_s() const override { return 1; }
  retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
    ++calls;
    retrieval::FingerprintSequence z{static_cast<int64_t>(audio.samples.size()) / kDim, kDim, 0.25, 0.5, {}};
    for (int64_t t = 0; t < z.steps; ++t) {
      const float* row = audio.samples.data() + t * kDim;
      double square = 0;
      for (int64_t d = 0; d < kDim; ++d) square += static_cast<double>(row[d]) * row[d];
      for (int64_t d = 0; d < kDim; ++d) z.values.push_back(static_cast<float>(row[d] / std::sqrt(square)));
    }
    return z;
  }
  mutable int calls = 0;
};

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

EvaluationItem item_of(std::string id, std::vector<float> samples) {
  return {.id = std::move(id), .audio = [samples] { return dsp::AudioBuffer{samples, 16000}; }, .notes = {}};
}

std::vector<float> noise(size_t count, uint64_t seed) {
  RandomStream random({seed});
  std::vector<float> samples;
  for (size_t i = 0; i < count; ++i) samples.push_back(static_cast<float>(random.normal()));
  return samples;
}

/// Five references; query i is a piece of reference i.
EvaluationSet planted_set() {
  EvaluationSet set;
  set.name = "planted";
  for (uint64_t i = 0; i < 5; ++i) {
    const std::vector<float> reference = noise(400, i);
    set.references.push_back(item_of("r" + std::to_string(i), reference));
    set.queries.push_back(
        item_of("q" + std::to_string(i), {reference.begin() + 80, reference.begin() + 160}));
    set.targets.push_back({static_cast<int64_t>(i)});
  }
  return set;
}

EvaluationConfig without_baseline() {
  EvaluationConfig config;
  config.baseline = false;
  config.bootstrap_resamples = 200;
  return config;
}

TEST(Evaluation, PlantedFingerprintsAreFound) {
  PlantedEmbedder model;
  RunObserver observer;
  EvaluationSet set = planted_set();
  std::swap(set.targets[0], set.targets[1]);  // two of five are told a wrong target
  const EvaluationReport report = evaluate(set, &model, without_baseline(), observer);
  ASSERT_EQ(report.systems.size(), 1u);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top1"), 0.6);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top5"), 1.0);
  EXPECT_GT(report.systems[0].ranked[0].first_rank, 1);
  EXPECT_NEAR(report.systems[0].scores.at(2, 2), 1, 1e-5);
  EXPECT_EQ(model.calls, 10);
  EXPECT_TRUE(report.difference.empty());
  EXPECT_THROW(report.systems[0].metric("top2"), ConfigError);
}

TEST(Evaluation, QueriesAgainstEachOtherLeaveThemselvesOut) {
  EvaluationSet set;
  for (uint64_t group = 0; group < 3; ++group)
    for (int member = 0; member < 2; ++member)
      set.queries.push_back(item_of(fmt::format("{}{}", group, member), noise(200, group)));
  set.targets = {{1}, {0}, {3}, {2}, {5}, {4}};
  PlantedEmbedder model;
  RunObserver observer;
  const EvaluationReport report = evaluate(set, &model, without_baseline(), observer);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("map"), 1);
  EXPECT_EQ(model.calls, 6) << "a query that is a candidate too is embedded once";
  const auto json = nlohmann::json::parse(report_json(report));
  EXPECT_EQ(json["systems"][0]["queries"][4]["top1"], "21") << "not the query itself";
}

TEST(Evaluation, TheBestTempoCounts) {
  EvaluationSet set;
  for (size_t i = 1; i <= 3; ++i)
    set.references.push_back(item_of(std::to_string(i), std::vector<float>(i * 16000, 0.1f)));
  set.queries.push_back(
      item_of("q", std::vector<float>(16000, 0.1f)));  // sounds like 1, at half tempo like 2
  set.targets = {{1}};
  LengthEmbedder model;
  RunObserver observer;
  EvaluationConfig config = without_baseline();
  EXPECT_LT(evaluate(set, &model, config, observer).systems[0].scores.at(0, 1), 0.9);
  config.query_tempo_ratios = {1.0, 0.5};
  const auto report = evaluate(set, &model, config, observer);
  EXPECT_NEAR(report.systems[0].scores.at(0, 1), 1, 1e-5);
  EXPECT_NEAR(report.systems[0].scores.at(0, 0), 1, 1e-5);
}

/// A tone that holds each pitch for 0.4 s.
std::vector<float> tune(const std::vector<double>& pitches, double transposition) {
  std::vector<float> samples;
  double phase = 0;
  for (const double pitch : pitches) {
    const double hz = 440 * std::pow(2, (pitch + transposition - 69) / 12);
    for (int i = 0; i < 6400; ++i) {
      phase += 2 * std::numbers::pi * hz / 16000;
      samples.push_back(static_cast<float>(0.4 * std::sin(phase) + 0.1 * std::sin(2 * phase)));
    }
  }
  return samples;
}

const std::vector<std::vector<double>> kTunes{{60, 62, 64, 65, 67, 67, 60, 72},
                                              {67, 64, 60, 64, 67, 72, 71, 69},
                                              {60, 60, 67, 67, 69, 69, 67, 65},
                                              {72, 71, 69, 67, 65, 64, 62, 60}};

std::vector<dsp::Note> notes_of(const std::vector<double>& pitches) {
  std::vector<dsp::Note> notes;
  for (size_t i = 0; i < pitches.size(); ++i) {
    const double start_s = 0.4 * static_cast<double>(i);
    notes.push_back({start_s, start_s + 0.4, pitches[i], 0.8});
  }
  return notes;
}

TEST(Evaluation, TheBaselineFindsTransposedTunesAndStandsBesideTheModel) {
  EvaluationSet set;
  for (size_t i = 0; i < kTunes.size(); ++i) {
    EvaluationItem reference =
        item_of(std::to_string(i), noise(400, i));  // which the model cannot make use of
    reference.notes = [i] { return notes_of(kTunes[i]); };
    set.references.push_back(reference);
    set.queries.push_back(item_of("q" + std::to_string(i), tune(kTunes[i], -5.4)));
    set.targets.push_back({static_cast<int64_t>(i)});
  }
  PlantedEmbedder model;
  RunObserver observer;
  EvaluationConfig config;
  config.bootstrap_resamples = 200;
  const EvaluationReport report = evaluate(set, &model, config, observer);
  ASSERT_EQ(report.systems.size(), 2u);
  EXPECT_EQ(report.systems[0].name, "no learning");
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top1"), 1);
  ASSERT_EQ(report.difference.size(), report.systems[0].metrics.size());
  for (size_t m = 0; m < report.difference.size(); ++m)
    EXPECT_DOUBLE_EQ(report.difference[m].estimate.mean,
                     report.systems[1].metrics[m].estimate.mean - report.systems[0].metrics[m].estimate.mean);
  EXPECT_THAT(report_table(report),
              AllOf(HasSubstr("no learning"), HasSubstr("model"), HasSubstr("difference"),
                    HasSubstr("Top-10"), HasSubstr("MRR"), HasSubstr("mAP")));
}

TEST(Evaluation, RefusesSetsThatCannotBeJudged) {
  RunObserver observer;
  PlantedEmbedder model;
  EXPECT_THROW(evaluate(EvaluationSet(), &model, EvaluationConfig(), observer), ConfigError);
  EXPECT_THROW(evaluate(planted_set(), nullptr, without_baseline(), observer), ConfigError);
}

TEST(EvaluationReport, CsvHasALinePerQueryAndSystem) {
  PlantedEmbedder model;
  RunObserver observer;
  const std::string csv = report_csv(evaluate(planted_set(), &model, without_baseline(), observer));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 6);
  EXPECT_THAT(csv, HasSubstr("\nmodel,q3,r3,1,1,"));
}

TEST(E2eEvaluation, TablesOnDisk) {
  testing::TempFolder folder;
  std::string queries = "query,reference_id\n", references = "reference_id,path\n";
  for (size_t i = 0; i < kTunes.size(); ++i) {
    const std::string name = std::to_string(i);
    testing::write_wav(folder / ("q" + name + ".wav"), tune(kTunes[i], 3));
    testing::write_wav(folder / ("r" + name + ".wav"), tune(kTunes[i], 0));
    queries += fmt::format("q{}.wav,tune{}\n", i, i);
    references += fmt::format("tune{},r{}.wav\n", i, i);
  }
  write_file_atomically(folder / "q.csv", queries);
  write_file_atomically(folder / "r.csv", references);
  RunObserver observer;
  const auto report = evaluate(read_evaluation_set(folder / "q.csv", {folder / "r.csv"}), nullptr,
                               EvaluationConfig(), observer);
  EXPECT_DOUBLE_EQ(report.systems[0].metric("top1"), 1);
  write_report(report, folder / "out");
  const auto json = nlohmann::json::parse(read_file(folder / "out/report.json"));
  EXPECT_EQ(json["systems"][0]["metrics"]["mrr"]["mean"], 1.0);
  EXPECT_TRUE(std::filesystem::exists(folder / "out/queries.csv"));

  write_file_atomically(folder / "r2.wav", "RIFF but nothing more");
  try {
    evaluate(read_evaluation_set(folder / "q.csv", {folder / "r.csv"}), nullptr, EvaluationConfig(),
             observer);
    FAIL() << "a broken reference was taken";
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("r.csv: line 4"), HasSubstr("r2.wav")));
  }
}

TEST(E2eEvaluation, RealHumsWithoutLearning) {
  const auto data = testing::shared_data();
  MELOMINE_REQUIRE_PATH(data / "hums_kth_ss/queries.csv");
  RunObserver observer;
  const auto set =
      read_evaluation_set(data / "hums_kth_ss/queries.csv", {data / "refs_mirqbsh/references.csv"});
  EXPECT_EQ(set.queries.size(), 30u);
  EXPECT_EQ(set.left_out.size(), 30u);
  const auto report = evaluate(set, nullptr, EvaluationConfig(), observer);
  // A reference run of another implementation: Top-1 0.53, Top-10 0.83, MRR 0.64.
  EXPECT_GE(report.systems[0].metric("top1"), 0.7);
  EXPECT_GE(report.systems[0].metric("top10"), 0.9);
  EXPECT_GE(report.systems[0].metric("mrr"), 0.8);
}

}  // namespace
}  // namespace melomine::evaluation
