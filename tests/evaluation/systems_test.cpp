// Several systems of one set: their names, and what is made of them.
#include "evaluation/system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "configs/config.h"
#include "core/error.h"
#include "evaluation/evaluation.h"
#include "evaluation/evaluation_report.h"
#include "evaluation/fused_system.h"
#include "evaluation/hum_search.h"
#include "tests/evaluation/planted_set.h"

namespace melomine::evaluation {
namespace {

using retrieval::Hit;
using retrieval::Ranking;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

EvaluationConfig config_of(const std::string& systems) {
  return configs::parse_config<EvaluationConfig>("{bootstrap_resamples: 100, systems: [" + systems + "]}",
                                                 "test.yaml");
}

std::string refused(const std::string& systems) {
  try {
    config_of(systems);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(Systems, AreCalledAfterTheirTypeUnlessTheyHaveANameOfTheirOwn) {
  const std::string yaml = configs::to_yaml(EvaluationConfig());
  EXPECT_THAT(yaml,
              AllOf(Not(HasSubstr("name:")), Not(HasSubstr("checkpoint:")), Not(HasSubstr("dtw_band:"))))
      << "texts of runs that did not know these";
  const auto config = config_of(
      "{type: baseline}, {type: baseline, name: wide, contour: {tempo_scales: 31}}, {type: model}, "
      "{type: model, name: other, checkpoint: a.safetensors}");
  EXPECT_EQ(config.systems[0].name(), "baseline");
  EXPECT_EQ(config.systems[1].name(), "wide");
  EXPECT_EQ(config.systems[2].checkpoint(), "");
  EXPECT_EQ(config.systems[3].checkpoint(), "a.safetensors");
  EXPECT_EQ(configs::to_yaml(configs::parse_config<EvaluationConfig>(configs::to_yaml(config), "again")),
            configs::to_yaml(config));
  EXPECT_THAT(refused("{type: model}, {type: baseline}, {type: model, checkpoint: a}"),
              HasSubstr("systems[0] and systems[2] are both called 'model'"));
  EXPECT_THAT(refused("{type: baseline, name: model}, {type: model}"), HasSubstr("both called 'model'"));
  EXPECT_THAT(refused("{type: baseline, checkpoint: a}"), HasSubstr("only for type: model"));
}

TEST(Systems, AreMadeOfSystemsAboveThem) {
  const std::string two = "{type: baseline}, {type: model, name: m}, ";
  EXPECT_EQ(refused(two + "{type: fused, of: [baseline, m], weights: [0.7, 0.3]}"), "");
  EXPECT_THAT(refused(two + "{type: fused, of: [baseline, n], weights: [1, 1]}"),
              HasSubstr("'fused' is made of 'n', which is no system above it; above it stand: baseline, m"));
  EXPECT_THAT(refused(two + "{type: fused, of: [fused, m], weights: [1, 1]}"), HasSubstr("made of 'fused'"));
  EXPECT_THAT(refused("{type: by_length, short: a, long: b}"), HasSubstr("above it stand: none"));
  EXPECT_THAT(refused(two + "{type: fused, of: [m], weights: [1]}"), HasSubstr("of: needs at least two"));
  EXPECT_THAT(refused(two + "{type: fused, of: [m, m], weights: [1, 1]}"), HasSubstr("names a system twice"));
  EXPECT_THAT(refused(two + "{type: fused, of: [baseline, m], weights: [1]}"),
              HasSubstr("weights: needs one weight for each"));
  EXPECT_THAT(refused(two + "{type: fused, of: [baseline, m], weights: [0, 0]}"),
              HasSubstr("needs one above 0"));
  EXPECT_THAT(refused(two + "{type: fused, of: [baseline, m], weights: [1, -1]}"), HasSubstr("must be >= 0"));
}

TEST(Systems, ThoseOfTheRunsOwnEncoderComeWithWhatTheyAreMadeOf) {
  const auto names = [](const std::string& systems) {
    std::vector<std::string> found;
    for (const SystemChoice& system : systems_of_own_model(config_of(systems).systems))
      found.push_back(system.name());
    return found;
  };
  EXPECT_THAT(names("{type: baseline}, {type: model}"), ElementsAre("model"));
  EXPECT_THAT(names("{type: baseline}, {type: model, checkpoint: a}"), ElementsAre());
  EXPECT_THAT(names("{type: baseline, name: b}, {type: baseline}, {type: model, checkpoint: a, name: a}, "
                    "{type: model}, {type: fused, of: [model, b], weights: [1, 1]}, "
                    "{type: fused, name: old, of: [baseline, a], weights: [1, 1]}"),
              ElementsAre("b", "model", "fused"));
}

/// A set of two queries among four candidates, that nobody has to hear.
EvaluationSet set_of_four() {
  EvaluationSet set = planted_set();
  set.references.pop_back();
  set.queries.resize(2);
  set.relevance.resize(2);
  return set;
}

TEST(Fused, IsTheWeightedSumOfStandardScores) {
  const EvaluationSet set = set_of_four();
  // First query. By the first system: mean 2, deviation sqrt(5); by the second, which leaves candidate 2 out
  // and so gives it its worst: 10, 40, 10, 20, of mean 20 and deviation sqrt(150).
  const std::vector<Ranking> first{{{3, 5, 0.3}, {0, 3, 0.0}, {1, 1, 0.1}, {2, -1, 0.2}}, {}};
  const std::vector<Ranking> second{{{1, 40, 7}, {3, 20, 7}, {0, 10, 7}}, {{2, 1, 4.5}}};
  const double weights[] = {0.25, 2};
  const std::vector<std::vector<Ranking>> parts{first, second};
  const auto fused = fuse(set, parts, weights);
  ASSERT_EQ(fused.size(), 2u);
  const double of_first[] = {1 / std::sqrt(5), -1 / std::sqrt(5), -3 / std::sqrt(5), 3 / std::sqrt(5)};
  const double of_second[] = {-10 / std::sqrt(150), 20 / std::sqrt(150), -10 / std::sqrt(150), 0};
  std::vector<int64_t> order;
  for (const Hit& hit : fused[0]) {
    order.push_back(hit.reference);
    const auto c = static_cast<size_t>(hit.reference);
    EXPECT_NEAR(hit.score, 0.25 * of_first[c] + 2 * of_second[c], 1e-6) << c;
    EXPECT_DOUBLE_EQ(hit.start_s, 0.1 * static_cast<double>(c)) << "as the first system says";
  }
  EXPECT_THAT(order, ElementsAre(1, 3, 0, 2));
  // Second query: the first system found nothing and the second one candidate, with which all score alike.
  ASSERT_EQ(fused[1].size(), 4u);
  for (const Hit& hit : fused[1]) EXPECT_EQ(hit.score, 0);
  EXPECT_EQ(fused[1][2].start_s, 4.5) << "as the next that found it says";
}

TEST(Fused, WhatIsNoCandidateOrNoNumberCountsForNothing) {
  EvaluationSet set = set_of_four();
  set.relevance[0].excluded = {3};
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const std::vector<std::vector<Ranking>> parts{{{{3, 100, 0}, {0, 2, 0}, {1, 0, 0}, {2, nan, 0}}, {}},
                                                {{{0, 1, 0}, {1, 1, 0}, {2, -inf, 0}}, {}}};
  const double weights[] = {1, 1};
  const auto fused = fuse(set, parts, weights);
  // 2, 0, 0 of mean 2/3 and deviation sqrt(8)/3; the second scores all it found alike.
  ASSERT_EQ(fused[0].size(), 3u);
  EXPECT_EQ(fused[0][0].reference, 0);
  EXPECT_NEAR(fused[0][0].score, 4 / std::sqrt(8), 1e-6);
  EXPECT_NEAR(fused[0][1].score, -2 / std::sqrt(8), 1e-6);
  EXPECT_EQ(fused[0][1].score, fused[0][2].score);
}

TEST(PropertyFused, AWeightOfOneBesideNoneIsThatSystem) {
  EvaluationSet set = planted_set();
  std::vector<std::vector<Ranking>> parts(2);
  for (auto& part : parts)
    for (size_t q = 0; q < set.queries.size(); ++q) {
      part.emplace_back();
      for (int64_t c = 0; c < 5; ++c)
        part.back().push_back(
            {c, noise(1, q * 100 + static_cast<size_t>(c) + 7 * (&part - parts.data()))[0], 0});
      retrieval::sort_hits(part.back());
    }
  const double weights[] = {1, 0};
  const auto fused = fuse(set, parts, weights);
  for (size_t q = 0; q < fused.size(); ++q)
    for (size_t i = 0; i < 5; ++i) EXPECT_EQ(fused[q][i].reference, parts[0][q][i].reference) << q;
}

TEST(Fused, PartsAreRankedOnceAndItIsComparedWithTheBetterOne) {
  // The own encoder hears what is planted; that of the checkpoint is told the queries' samples backwards.
  class Backwards : public PlantedEmbedder {
    retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) const override {
      dsp::AudioBuffer reversed = audio;
      if (reversed.samples.size() < 400) std::reverse(reversed.samples.begin(), reversed.samples.end());
      return PlantedEmbedder::embed(reversed);
    }
  };
  const PlantedEmbedder own;
  const Backwards other;
  const EmbedderOf embedder = [&](const std::string& checkpoint) -> const retrieval::Embedder* {
    return checkpoint.empty() ? &own : &other;
  };
  const auto config = config_of(
      "{type: model}, {type: model, name: other, checkpoint: other.safetensors}, "
      "{type: fused, name: both, of: [model, other], weights: [1, 0.1]}");
  RunObserver observer;
  EvaluationSet set = planted_set();
  set.sources.checkpoints = {{{"other.safetensors", "abc"}, 7}};
  const EvaluationReport report = evaluate(set, embedder, config, observer);
  EXPECT_EQ(own.calls, 10);
  EXPECT_EQ(other.calls, 10);
  ASSERT_EQ(report.systems.size(), 3u);
  EXPECT_EQ(report.system("both"), &report.systems[2]);
  EXPECT_DOUBLE_EQ(report.systems[2].metric("top1"), 1);
  EXPECT_LT(report.system("other")->metric("mrr"), 1);
  ASSERT_EQ(report.differences.size(), 1u) << "no baseline: the fused system minus the better of its parts";
  EXPECT_EQ(report.differences[0].of, "both");
  EXPECT_EQ(report.differences[0].minus, "model");
  EXPECT_TRUE(report.difference.empty()) << "model minus baseline";

  const EvaluationRecord record = record_of(report);
  EXPECT_THAT(report_table(record), AllOf(HasSubstr("\nother "), HasSubstr("\nboth - model ")));
  EXPECT_EQ(record.model()->name, "model");
  ASSERT_EQ(record.others().size(), 2u);
  const auto json = nlohmann::json::parse(report_json(record));
  EXPECT_EQ(json["differences"][0]["minus"], "model");
  EXPECT_EQ(json["differences"][0]["metrics"]["mrr"]["mean"], 0.0);
  EXPECT_EQ(json["sources"]["checkpoints"],
            nlohmann::json::parse(R"([{"path": "other.safetensors", "sha256": "abc", "step": 7}])"));
  EXPECT_EQ(report_json(nlohmann::ordered_json::parse(report_json(record)).get<EvaluationRecord>()),
            report_json(record));
}

TEST(Systems, WithoutItsEncoderASystemAndWhatIsMadeOfItAreLeftOut) {
  const auto config = config_of(
      "{type: model, name: own}, {type: model, name: other, checkpoint: o}, {type: baseline}, "
      "{type: fused, of: [own, other], weights: [1, 1]}, {type: by_length, short: other, long: baseline}");
  const PlantedEmbedder other;
  const auto made = make_systems(
      config.systems, [&](const std::string& checkpoint) { return checkpoint.empty() ? nullptr : &other; });
  std::vector<std::string> names;
  for (const NamedSystem& system : made) names.push_back(system.name);
  EXPECT_THAT(names, ElementsAre("other", "baseline", "by_length"));
}

TEST(ByLength, QueriesFromTheBoundaryOnAreRankedByTheLongOne) {
  // 80 samples are 5 ms, and 160 samples are 10 ms.
  EvaluationSet set = planted_set();
  for (size_t q = 3; q < 5; ++q) {
    const std::vector<float> reference = set.references[q].audio().samples;
    set.queries[q] = item_of("q" + std::to_string(q), {reference.begin() + 80, reference.begin() + 240});
  }
  const auto config = config_of(
      "{type: model, name: forwards}, {type: model, name: cross, correlation: cross}, "
      "{type: by_length, short: forwards, long: cross, boundary_s: 0.01}");
  const PlantedEmbedder model;
  RunObserver observer;
  const EvaluationReport report = evaluate(set, &model, config, observer);
  ASSERT_EQ(report.systems.size(), 3u);
  for (size_t q = 0; q < 5; ++q) {
    const SystemResult& expected = report.systems[q < 3 ? 0 : 1];
    for (size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(report.systems[2].best[q][i].reference, expected.best[q][i].reference) << q;
      EXPECT_EQ(report.systems[2].best[q][i].score, expected.best[q][i].score) << q;
    }
  }
  EXPECT_NE(report.systems[0].best[0][1].score, report.systems[1].best[0][1].score)
      << "or nothing was tested";
}

TEST(EvaluationRecord, TellsTheRunsOwnEncoderFromThoseOfOtherRuns) {
  const auto names = [](const std::string& systems) {
    EvaluationRecord record;
    record.settings = nlohmann::ordered_json::parse("{\"systems\": [" + systems + "]}");
    for (const auto& made : record.settings["systems"])
      record.systems.push_back({made.value("name", made["type"].get<std::string>()), 0, {}, {}});
    return std::pair(record.model() == nullptr ? "" : record.model()->name,
                     record.baseline() == nullptr ? "" : record.baseline()->name);
  };
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(
      names(R"({"type": "model", "name": "short", "checkpoint": "a"}, {"type": "model", "name": "own"})"),
      Pair("own", ""));
  EXPECT_EQ(names(R"({"type": "model", "checkpoint": "a"}, {"type": "baseline", "name": "wide"})"),
            Pair("", "wide"));
  EXPECT_EQ(names(R"({"type": "baseline"}, {"type": "model"})"), Pair("model", "baseline"));
}

}  // namespace
}  // namespace melomine::evaluation
