#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/report.h"
#include "report/run_record.h"

namespace melomine::report {
namespace {

std::string number(double value, int decimals) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, decimals);
}

std::string count(const ReportedRound& round, int64_t mining::MiningYield::*pairs) {
  return round.mining ? std::to_string(round.mining->yield.*pairs) : "-";
}

std::string figure(const ReportedRound& round, const char* key) {
  if (!round.mining || !round.mining->quality) return "-";
  return number(round.mining->quality->figure(key).estimate.mean, 3);
}

std::string mrr(const evaluation::SystemRecord* system) {
  const evaluation::MetricEstimate* found = system == nullptr ? nullptr : system->metric("mrr");
  return found == nullptr ? "-" : number(found->estimate.mean, 3);
}

const evaluation::SystemRecord* model_of(const ReportedRound& round, const std::string& set) {
  const evaluation::EvaluationRecord* record = round.evaluation(set);
  return record == nullptr ? nullptr : record->model();
}

std::string line(const std::string& name, const std::array<std::string, 6>& mining) {
  std::string text = fmt::format("{:<14}", name);
  constexpr std::array kWidths{9, 10, 10, 8, 9, 12};
  for (size_t i = 0; i < mining.size(); ++i) text += fmt::format("{:>{}}", mining[i], kWidths[i]);
  return text;
}

}  // namespace

std::string run_table(const std::filesystem::path& run) {
  const RunRecord record = read_run(run);
  const auto with_mrr = [&](std::string text, const auto& mrr_of) {
    for (const std::string& set : record.sets)
      text += fmt::format("  {:>{}}", mrr_of(set), std::max<size_t>(10, set.size() + 4));
    return text + "\n";
  };
  std::string table =
      with_mrr(line("", {"relevant", "uncertain", "precision", "recall", "coverage", "alignment s"}),
               [](const std::string& set) { return "MRR " + set; });
  if (!record.sets.empty() && !record.rounds.empty())
    table +=
        with_mrr(line("baseline", {}), [&](const std::string& set) { return mrr(record.baseline(set)); });
  for (const ReportedRound& round : record.rounds) {
    const bool refused = round.outcome && !round.outcome->accepted;
    table += with_mrr(
        line(fmt::format("M_{}{}", round.number, refused ? " (refused)" : ""),
             {count(round, &mining::MiningYield::relevant), count(round, &mining::MiningYield::uncertain),
              figure(round, "relevant_precision"), figure(round, "relevant_recall"),
              figure(round, "coverage"), figure(round, "alignment_median_s")}),
        [&](const std::string& set) { return mrr(model_of(round, set)); });
  }
  return table;
}

}  // namespace melomine::report
