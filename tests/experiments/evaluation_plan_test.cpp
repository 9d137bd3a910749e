#include "experiments/evaluation_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/config.h"
#include "core/error.h"
#include "core/sha256.h"
#include "evaluation/baseline_system.h"

namespace melomine::experiments {
namespace {

using evaluation::BaselineConfig;
using evaluation::HumSearchConfig;
using evaluation::settings_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

EvaluationPlan plan_of(const std::string& yaml) {
  return configs::parse_config<EvaluationPlan>(yaml, "test.yaml");
}

std::string refused(const std::string& yaml) {
  try {
    plan_of(yaml);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

std::vector<std::string> types_of(const EvaluationSetConfig& set) {
  std::vector<std::string> types;
  for (const auto& system : set.settings.systems) types.push_back(system.type());
  return types;
}

TEST(EvaluationPlan, ValidationSearchesAsTheFirstSetOfTheCorpusDoes) {
  const auto plan = plan_of(
      "sets:\n"
      "  - {name: real, type: each_other, queries: q.csv, systems: [{type: model, trim_queries_db: 10}]}\n"
      "  - {name: plain, type: held_out, systems: [{type: baseline}]}\n"
      "  - name: held_out\n"
      "    systems: [{type: model, trim_queries_db: 20, center: collection, query_tempo_ratios: [0.9, "
      "1]}]\n");
  EXPECT_EQ(plan.corpus_search().trim_queries_db, 20);
  EXPECT_EQ(plan.corpus_search().center, retrieval::Centring::kCollection);
  EXPECT_EQ(plan.corpus_search().query_tempo_ratios, (std::vector<double>{0.9, 1}));
  EXPECT_EQ(EvaluationPlan().corpus_search().trim_queries_db, 30);
}

TEST(EvaluationPlan, IsAnotherInputWhereItKeepsGoingAndElseThatOfVersionsThatCouldNot) {
  EvaluationPlan plan = plan_of("sets: [{name: a}, {name: b, queries: q.csv, references: [r.csv]}]");
  EXPECT_EQ(plan.broken(), evaluation::BrokenItems::kAreErrors);
  std::string yaml = configs::to_yaml(plan);
  const std::string line = "keep_going: false\n";
  ASSERT_NE(yaml.find(line), std::string::npos) << yaml;
  yaml.erase(yaml.find(line), line.size());
  for (const std::string later = "          min_rms: 0\n"; yaml.find(later) != std::string::npos;)
    yaml.erase(yaml.find(later), later.size());
  EXPECT_EQ(plan.sha256(), sha256_of(yaml));
  plan = plan_of("keep_going: true\n" + yaml);
  EXPECT_EQ(plan.broken(), evaluation::BrokenItems::kAreLeftOut);
  EXPECT_NE(plan.sha256(), sha256_of(yaml));
}

TEST(EvaluationPlan, IsThatOfAnEarlierVersionWhereLaterSettingsChangeNothing) {
  // tests/data/old_runs/2026-11-28, as that version hashed it.
  const std::string before =
      "sets:\n  - name: held_out\n    type: held_out\n    systems:\n"
      "      - {type: baseline, f0: {type: yin, fmax_hz: 500}}\n      - {type: model}\n"
      "    bootstrap_resamples: 100\n";
  EXPECT_EQ(plan_of(before).sha256(), "081ccafdb060e95e453e9038fc3b704a43dab1282ba016c17136745a8392d86a");
  std::string louder = before;
  louder.replace(louder.find("{type: model}"), 13, "{type: model, voice: {min_rms: 0.02}}");
  EXPECT_NE(plan_of(louder).sha256(), plan_of(before).sha256());
}

TEST(EvaluationPlan, AProtocolIsToldByWhatIsNamed) {
  const auto plan = plan_of(
      "sets:\n"
      "  - {name: a}\n"
      "  - {name: b, queries: '', references: [], leave_out: []}\n"
      "  - {name: c, queries: q.csv, references: []}\n"
      "  - {name: d, queries: q.csv, references: [r.csv], leave_out: [x]}\n");
  std::vector<std::string> types;
  for (const auto& set : plan.sets) types.push_back(set.protocol.type());
  EXPECT_THAT(types, ElementsAre("held_out", "held_out", "each_other", "tables"));
  EXPECT_THAT(refused("sets: [{name: a, references: [r.csv]}]"), HasSubstr("sets[0].queries: needs a table"));
  EXPECT_THAT(refused("sets: [{name: a, queries: q.csv, leave_out: [x]}]"),
              HasSubstr("sets[0].references: needs at least one"));
  EXPECT_THAT(refused("sets: [{name: a, type: held_out, queries: q.csv}]"),
              HasSubstr("only for type: each_other, large_database, mirex_lists, split_queries, tables"));
}

TEST(EvaluationPlan, QueriesThatAreSplitSayTheirShare) {
  const auto plan = plan_of("sets: [{name: a, type: split_queries, queries: q.csv}]");
  EXPECT_EQ(plan.sets[0].protocol.type(), "split_queries");
  const std::string yaml = configs::to_yaml(plan);
  EXPECT_THAT(yaml, HasSubstr("share: 0.1\n"));
  EXPECT_THAT(yaml, HasSubstr("split_seed: 1\n"));
  EXPECT_THAT(refused("sets: [{name: a, type: split_queries}]"), HasSubstr("sets[0].queries: needs a table"));
  for (const char* wrong : {"0", "1", "-0.1"})
    EXPECT_THAT(
        refused("sets: [{name: a, type: split_queries, queries: q.csv, share: " + std::string(wrong) + "}]"),
        HasSubstr("sets[0].share"));
}

TEST(EvaluationPlan, OlderSettingsOfTheTwoSystemsAreRead) {
  const auto plan = plan_of(
      "sets:\n"
      "  - {name: a, query_tempo_ratios: [0.5, 1], uncovered_cost: 0.25, voice: {level_db: 30},\n"
      "     contour: {tempo_scales: 31}, f0: {tracker: yin}, seed: 3}\n"
      "  - {name: b, baseline: false, normalise: z}\n"
      "  - {name: c, baseline: true}\n");
  EXPECT_THAT(types_of(plan.sets[0]), ElementsAre("baseline", "model"));
  const auto* search = settings_of<HumSearchConfig>(plan.sets[0].settings, "model");
  ASSERT_NE(search, nullptr);
  EXPECT_THAT(search->query_tempo_ratios, ElementsAre(0.5, 1));
  EXPECT_EQ(search->similarity.uncovered_cost, 0.25);
  EXPECT_EQ(search->voice.level_db, 30);
  const auto* baseline = settings_of<BaselineConfig>(plan.sets[0].settings, "baseline");
  ASSERT_NE(baseline, nullptr);
  EXPECT_EQ(baseline->contour.tempo_scales, 31);
  EXPECT_EQ(baseline->f0.tracker.type(), "yin");
  EXPECT_EQ(plan.sets[0].settings.seed, 3);
  EXPECT_THAT(types_of(plan.sets[1]), ElementsAre("model"));
  EXPECT_EQ(settings_of<BaselineConfig>(plan.sets[1].settings, "baseline"), nullptr);
  EXPECT_THAT(types_of(plan.sets[2]), ElementsAre("baseline", "model"));
  EXPECT_THAT(refused("sets: [{name: a, query_tempo_ratios: [9]}]"),
              HasSubstr("test.yaml:1: sets[0].systems[1].query_tempo_ratios[0] = 9"));
}

TEST(EvaluationPlan, SystemsHaveDifferentNames) {
  EXPECT_THAT(refused("sets: [{name: a, systems: [{type: model}, {type: model}]}]"),
              HasSubstr("test.yaml:1: sets[0].systems: systems[0] and systems[1] are both called 'model'"));
  const auto plan = plan_of("sets: [{name: a, systems: [{type: model, index: {type: exact}}]}]");
  EXPECT_EQ(settings_of<HumSearchConfig>(plan.sets[0].settings, "model")->index.type(), "exact");
}

TEST(EvaluationPlan, CheckpointsAreFilesOfTheEvaluation) {
  auto plan = plan_of(
      "sets:\n"
      "  - name: held_out\n"
      "    systems: [{type: model, name: other, checkpoint: a.safetensors, trim_queries_db: 10},\n"
      "              {type: model, trim_queries_db: 20}]\n"
      "  - {name: real, type: tables, queries: q.csv, references: [r.csv],\n"
      "     systems: [{type: baseline}, {type: model, checkpoint: b.safetensors}]}\n");
  EXPECT_EQ(plan.corpus_search().trim_queries_db, 20) << "validation searches by the encoder that is trained";
  std::vector<std::string> keys, files;
  for (const auto& [key, file] : files_of(plan)) {
    keys.push_back(key);
    files.push_back(*file);
  }
  EXPECT_THAT(keys, ElementsAre("sets[0].systems[0].checkpoint", "sets[1].queries", "sets[1].references[0]",
                                "sets[1].systems[1].checkpoint"));
  EXPECT_THAT(files, ElementsAre("a.safetensors", "q.csv", "r.csv", "b.safetensors"));
}

}  // namespace
}  // namespace melomine::experiments
