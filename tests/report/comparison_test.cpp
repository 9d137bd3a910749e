#include "report/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/json_text.h"
#include "evaluation/evaluation_report.h"
#include "experiments/round_record.h"
#include "experiments/run_layout.h"
#include "sweeps/plan.h"
#include "sweeps/task_state.h"
#include "tests/support/markup.h"
#include "tests/support/temp_folder.h"

namespace melomine::report {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// A set searched by one model: the rank of each query, two queries a song.
evaluation::EvaluationRecord record_of_ranks(const std::vector<int64_t>& ranks, int64_t candidates = 9) {
  evaluation::SystemRecord model;
  model.name = evaluation::kModelName;
  double mrr = 0, top1 = 0;
  for (size_t q = 0; q < ranks.size(); ++q) {
    evaluation::QueryRecord query;
    query.query = "q" + std::to_string(q);
    query.song = "s" + std::to_string(q / 2);
    query.rank = ranks[q];
    model.queries.push_back(query);
    mrr += 1.0 / static_cast<double>(ranks[q]) / static_cast<double>(ranks.size());
    top1 += (ranks[q] == 1 ? 1.0 : 0.0) / static_cast<double>(ranks.size());
  }
  model.metrics = {{"mrr", {mrr, mrr, mrr}, {mrr, mrr, mrr}},
                   {"top1", {top1, top1, top1}, {top1, top1, top1}}};
  evaluation::EvaluationRecord record;
  record.name = "held_out";
  record.queries = static_cast<int64_t>(ranks.size());
  record.candidates = candidates;
  record.systems = {model};
  record.settings = parse_ordered_json(configs::to_json(evaluation::EvaluationConfig()));
  return record;
}

ComparedRun run_of(const sweeps::SettingTexts& settings, const std::string& seed,
                   const std::vector<int64_t>& ranks, int64_t candidates = 9) {
  ComparedRun run;
  run.folder = "runs/" + sweeps::label_of(settings) + seed;
  run.settings = settings;
  run.seed = seed;
  run.evaluations = {record_of_ranks(ranks, candidates)};
  return run;
}

ComparedRuns two_rows() {
  ComparedRuns runs;
  runs.title = "sweep";
  runs.runs = {run_of({}, "1", {1, 2, 4, 4}), run_of({}, "2", {2, 2, 4, 4}),
               run_of({{"w", "8"}}, "1", {1, 1, 2, 4}), run_of({{"w", "8"}}, "2", {1, 2, 2, 4})};
  return runs;
}

TEST(Comparison, RowsAreMeansAndDeviationsOverSeeds) {
  const Comparison comparison = compare(two_rows());
  ASSERT_EQ(comparison.rows.size(), 2u);
  EXPECT_EQ(comparison.rows[0].name, "as in the file");
  EXPECT_EQ(comparison.rows[1].name, "w=8");
  EXPECT_THAT(comparison.rows[1].seeds, ElementsAre("1", "2"));
  const SeedSummary& mrr = comparison.rows[0].figures[comparison.metric];
  EXPECT_THAT(mrr.values, ElementsAre(0.5, 0.375));
  EXPECT_DOUBLE_EQ(mrr.mean, 0.4375);
  EXPECT_NEAR(mrr.sd, 0.125 / std::sqrt(2.0), 1e-12);
  EXPECT_EQ(comparison.columns[comparison.metric], "held_out.mrr");
}

TEST(Comparison, TheDifferenceIsPairedByQueryOverTheSeeds) {
  const Comparison comparison = compare(two_rows());
  EXPECT_EQ(comparison.base, 0u);
  EXPECT_FALSE(comparison.rows[0].difference);
  ASSERT_TRUE(comparison.rows[1].difference);
  const auto& difference = *comparison.rows[1].difference;
  // Of the queries: (0 + 1/2) / 2, (1/2 + 0) / 2, 1/4, 0.
  EXPECT_DOUBLE_EQ(difference.estimate.mean, 0.1875);
  EXPECT_GE(difference.estimate.low, 0);
  EXPECT_LE(difference.estimate.high, 0.25);
  EXPECT_DOUBLE_EQ(difference.by_song.low, 0.125) << "one song gained 1/4 of a query each, the other 1/8";
  EXPECT_DOUBLE_EQ(difference.by_song.high, 0.25);
}

TEST(Comparison, OnlySeedsThatBothRowsHaveArePaired) {
  ComparedRuns runs = two_rows();
  runs.runs.pop_back();
  const Comparison comparison = compare(runs);
  ASSERT_TRUE(comparison.rows[1].difference);
  EXPECT_DOUBLE_EQ(comparison.rows[1].difference->estimate.mean, (0 + 0.5 + 0.25 + 0) / 4);
  EXPECT_EQ(comparison.best, 0u) << "the other has fewer seeds";
  EXPECT_THAT(comparison.rule, HasSubstr("of the rows with 2 seeds"));
}

TEST(Comparison, OtherQueriesOrCandidatesAreNotPaired) {
  ComparedRuns runs = two_rows();
  runs.runs[2] = run_of({{"w", "8"}}, "1", {1, 1, 2, 4}, 10);
  EXPECT_FALSE(compare(runs).rows[1].difference);
  runs = two_rows();
  for (size_t i : {size_t{2}, size_t{3}}) runs.runs[i] = run_of({{"w", "8"}}, runs.runs[i].seed, {1, 1});
  EXPECT_FALSE(compare(runs).rows[1].difference);
}

TEST(Comparison, BaseAndMetricAreChosenByNameOrRefusedWithWhatThereIs) {
  const Comparison by_name = compare(two_rows(), {.base = "w=", .metric = "top1"});
  EXPECT_EQ(by_name.base, 1u);
  EXPECT_EQ(by_name.columns[by_name.metric], "held_out.top1");
  EXPECT_DOUBLE_EQ(by_name.rows[0].difference->estimate.mean, -0.25);
  ComparedRuns runs = two_rows();
  runs.base = {{"w", "8"}};
  EXPECT_EQ(compare(runs).base, 1u);
  const auto message = [&](const ComparisonOptions& options) {
    try {
      compare(two_rows(), options);
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(message({.base = "x"}), "base 'x' names no row, or several; rows: as in the file; w=8");
  EXPECT_THAT(message({.metric = "mean"}),
              HasSubstr("no run has the metric held_out.mean; there are held_out.mrr"));
  EXPECT_THROW(compare(ComparedRuns{.title = "x", .runs = {ComparedRun{}}}), DataError);
}

TEST(Comparison, ReadsAsEveryKindOfTable) {
  ComparedRuns runs = two_rows();
  runs.runs[2].settings = runs.runs[3].settings = {{"a_b", "8 & <9>"}};
  const Comparison comparison = compare(runs);
  EXPECT_THAT(comparison_text(comparison), HasSubstr("best: a_b=8 & <9>; the highest mean of held_out.mrr"));
  EXPECT_THAT(comparison_markdown(comparison), HasSubstr("| **a_b=8 & <9>** | 2 | 0.625 ± 0.088 |"));
  EXPECT_THAT(comparison_latex(comparison),
              HasSubstr("\\textbf{a\\_b=8 \\& <9>} & 2 & 0.625 $\\pm$ 0.088 &"));
  const CsvTable csv = CsvTable::parse(comparison_csv(comparison), "csv");
  EXPECT_EQ(csv.text(1, "row"), "a_b=8 & <9>");
  EXPECT_DOUBLE_EQ(csv.number(1, "held_out.mrr mean"), 0.625);
  EXPECT_DOUBLE_EQ(csv.number(1, "difference"), 0.1875);
  EXPECT_TRUE(csv.boolean(0, "base"));
  const auto json = parse_json(comparison_json(comparison));
  EXPECT_DOUBLE_EQ(json["rows"][1]["difference"]["over_queries"]["mean"], 0.1875);
  EXPECT_TRUE(json["rows"][1]["is_best"]);
  const std::string page = comparison_page(comparison);
  EXPECT_EQ(melomine::testing::markup_problem(page), "");
  EXPECT_THAT(page, HasSubstr("a_b=8 &amp; &lt;9&gt;"));
  EXPECT_THAT(page, HasSubstr("held_out.mrr minus base"));
}

TEST(Comparison, ASettingOfThreeNumbersIsDrawnOverThem) {
  ComparedRuns runs;
  for (const char* value : {"1", "2", "4"}) runs.runs.push_back(run_of({{"t", value}}, "1", {1, 2}));
  EXPECT_THAT(comparison_page(compare(runs)), HasSubstr("Every row that sets it"));
  runs.runs.pop_back();
  EXPECT_THAT(comparison_page(compare(runs)), Not(HasSubstr("Every row that sets it")));
}

/// A run as far as it is compared.
void write_run(const fs::path& folder, const std::string& experiment, const std::vector<int64_t>& ranks,
               int rejected_round = -1) {
  const experiments::RunLayout layout(folder);
  write_file_atomically(layout.experiment(), experiment);
  evaluation::write_report(record_of_ranks(ranks), layout.evaluation(0, "held_out"));
  if (rejected_round < 0) return;
  evaluation::write_report(record_of_ranks({9, 9, 9, 9}), layout.evaluation(rejected_round, "held_out"));
  experiments::RoundRecord record;
  record.round = rejected_round;
  record.accepted = false;
  experiments::write_round(layout, record);
}

TEST(Comparison, RunsAreNamedByWhatTheirExperimentsDifferIn) {
  const melomine::testing::TempFolder folder;
  write_run(folder / "a", "name: a\nseed: 1\ntrain: {length: 5s, rate: 1}\nlosses: [{weight: 1}]\n",
            {1, 2, 4, 4}, 1);
  write_run(folder / "b", "name: b\nseed: 2\ntrain: {length: 5s, rate: 1}\nlosses: [{weight: 3}]\n",
            {1, 1, 1, 1});
  const Comparison comparison = compare(read_compared({folder / "a", folder / "b"}));
  ASSERT_EQ(comparison.rows.size(), 2u);
  EXPECT_EQ(comparison.title, "a, b");
  EXPECT_EQ(comparison.rows[0].name, "losses[0].weight=1");
  EXPECT_DOUBLE_EQ(comparison.rows[0].figures[0].mean, 0.5) << "its second round was rejected";
  EXPECT_EQ(comparison.rows[1].name, "losses[0].weight=3");
  EXPECT_THROW(read_compared({folder / "none"}), DataError);
}

TEST(Comparison, RunsOfDifferentKindsAreNamedByTheirFoldersAndSettingsStandBelow) {
  const melomine::testing::TempFolder folder;
  std::string first = "seed: 1\nfirst_only: [1, 2]\nlong: {text: " + std::string(70, 'x') + "}\n",
              second = "seed: 1\n";
  for (int i = 0; i < 25; ++i) {
    first += "k" + std::to_string(i) + ": one\n";
    second += "k" + std::to_string(i) + ": two\n";
  }
  write_run(folder / "first", first, {1, 2, 4, 4});
  write_run(folder / "mined", second, {1, 1, 1, 1});
  const Comparison comparison =
      compare(read_compared({folder / "first", folder / "mined"}), {.base = "mined"});
  EXPECT_EQ(comparison.rows[0].name, "first");
  EXPECT_EQ(comparison.rows[1].name, "mined");
  EXPECT_EQ(comparison.base, 1u);
  const std::string text = comparison_text(comparison), markdown = comparison_markdown(comparison);
  EXPECT_THAT(text, HasSubstr("\nfirst      1"));
  EXPECT_THAT(text,
              HasSubstr("settings that differ (first | mined):\n  first_only: [1, 2] | -\n  long.text: " +
                        std::string(60, 'x') + "… | -\n  k0: one | two\n"));
  EXPECT_THAT(text, HasSubstr("  k17: one | two\n  and 7 more; CSV and JSON have all of them\n"));
  EXPECT_THAT(markdown, HasSubstr("| first | 1 |"));
  EXPECT_THAT(markdown, HasSubstr("\n\n* first_only: [1, 2] | -\n"));
  EXPECT_THAT(markdown, HasSubstr("* and 7 more"));
  const CsvTable csv = CsvTable::parse(comparison_csv(comparison), "csv");
  EXPECT_EQ(csv.text(0, "row"), "first");
  EXPECT_THAT(csv.text(0, "settings"), HasSubstr(std::string(70, 'x') + " k0=one k1=one"));
  EXPECT_THAT(csv.text(0, "settings"), HasSubstr("k24=one"));
  const std::string page = comparison_page(comparison);
  EXPECT_EQ(melomine::testing::markup_problem(page), "");
  EXPECT_THAT(page, HasSubstr("<th scope='row'>k24</th><td>one</td><td>two</td>"));
}

TEST(Comparison, RunsOfOneNameAreToldApartByTheirFolders) {
  ComparedRuns runs;
  for (const char* where : {"x", "y"}) {
    ComparedRun run = run_of({{"w", std::string(80, *where)}}, "1", {1, 2});
    run.folder = fs::path(where) / "run";
    run.name = "run";
    runs.runs.push_back(run);
  }
  Comparison comparison = compare(runs);
  EXPECT_EQ(comparison.rows[0].name, "x/run");
  EXPECT_EQ(comparison.rows[1].name, "y/run");
  for (ComparedRun& run : runs.runs) run.name.clear();  // points of one sweep
  comparison = compare(runs);
  EXPECT_EQ(comparison.rows[0].name, "w=" + std::string(80, 'x'));
  EXPECT_THAT(comparison_text(comparison), Not(HasSubstr("settings that differ")));
}

TEST(Comparison, ASweepIsItsFinishedPointsBySettingsOfItsFile) {
  const melomine::testing::TempFolder folder;
  const sweeps::SweepLayout layout(folder / "s");
  sweeps::Plan plan;
  plan.metric = "held_out.top1";
  plan.base = {{"w", "2"}};
  for (const char* value : {"1", "2", "3"})
    plan.tasks.push_back(
        {.name = std::string("p") + value, .does = "run", .settings = {{"w", value}, {"seed", "5"}}});
  write_file_atomically(layout.plan(), json_text(nlohmann::ordered_json(plan)));
  for (const char* name : {"p1", "p2"}) {
    write_run(layout.run(name), "seed: 5\n", {1, 2});
    sweeps::TaskState state;
    state.finished = true;
    sweeps::write_state(layout.state(name), state);
  }
  const Comparison comparison = compare(read_compared({layout.folder()}));
  ASSERT_EQ(comparison.rows.size(), 2u);
  EXPECT_EQ(comparison.rows[comparison.base].name, "w=2");
  EXPECT_THAT(comparison.rows[0].seeds, ElementsAre("5"));
  EXPECT_EQ(comparison.columns[comparison.metric], "held_out.top1");
  EXPECT_THAT(comparison.notes, ElementsAre(HasSubstr("1 of 3 points are not finished")));
  const fs::path page = write_comparison(comparison, layout.folder());
  for (const char* ending : {"md", "csv", "tex", "json", "html"})
    EXPECT_TRUE(fs::exists(layout.folder() / (std::string("comparison.") + ending))) << ending;
  EXPECT_TRUE(fs::exists(page));
}

}  // namespace
}  // namespace melomine::report
