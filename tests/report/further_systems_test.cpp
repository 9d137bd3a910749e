#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "report/report.h"
#include "tests/report/report_run.h"
#include "tests/support/markup.h"

namespace melomine::report {
namespace {

using melomine::testing::markup_problem;
using melomine::testing::ReportRun;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page_with_systems(const ReportRun& run) {
  return read_file(write_run_report(run.path()));
}

/// The row of a table that begins with this cell, up to its end.
std::string row_beginning_with(const std::string& page, const std::string& first) {
  const auto begin = page.find("<th scope='row'>" + first);
  return begin == page.npos ? "" : page.substr(begin, page.find("</tr>", begin) - begin);
}

TEST(Report, ShowsFurtherSystemsAndWhatTheyHaveBeyondOthers) {
  const ReportRun run;
  EXPECT_THAT(page_with_systems(run), Not(HasSubstr("Systems against each other")));
  const std::string name = "round_00/evaluate/set/report.json";
  auto json = nlohmann::ordered_json::parse(run.read(name));
  auto fused = json["systems"].back();
  fused["name"] = "fused <1>";
  for (auto& [metric, estimate] : fused["metrics"].items()) estimate["mean"] = 0.9;
  json["systems"].push_back(fused);
  json["settings"]["systems"].push_back({{"type", "fused"}, {"name", "fused <1>"}});
  const nlohmann::ordered_json mrr = {
      {"mean", 0.4}, {"low", 0.1}, {"high", 0.6}, {"by_song", {{"low", -0.2}, {"high", 0.7}}}};
  json["differences"].push_back({{"of", "fused <1>"}, {"minus", "baseline"}, {"metrics", {{"mrr", mrr}}}});
  run.write(name, json.dump());
  const std::string page = page_with_systems(run);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_THAT(row_beginning_with(page, "fused &lt;1&gt;<small>beside M₀"), HasSubstr("<td>0.900<small>"));
  EXPECT_THAT(
      row_beginning_with(page, "fused &lt;1&gt; minus baseline<small>beside M₀"),
      ContainsRegex("<td>.0.400<small>.0.10 to .0.60</small><small>songs [^<]*0.20 to .0.70</small></td>"));
  EXPECT_THAT(row_beginning_with(page, "M₀"), HasSubstr("<td>0.500<small>")) << "the run's own encoder";
  EXPECT_THAT(run_table(run.path()), HasSubstr("\n  fused <1> "));
}

}  // namespace
}  // namespace melomine::report
