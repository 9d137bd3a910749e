#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

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

/// Names of the systems of a round that are neither the baseline nor its model, in the order of the sets.
std::vector<std::string> others_of(const ReportedRound& round, const std::vector<std::string>& sets) {
  std::vector<std::string> names;
  for (const std::string& set : sets)
    if (const auto* record = round.evaluation(set); record != nullptr)
      for (const evaluation::SystemRecord* other : record->others())
        if (std::find(names.begin(), names.end(), other->name) == names.end()) names.push_back(other->name);
  return names;
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
    for (const std::string& other : others_of(round, record.sets))
      table += with_mrr(line("  " + other, {}), [&](const std::string& set) {
        const evaluation::EvaluationRecord* evaluated = round.evaluation(set);
        return mrr(evaluated == nullptr ? nullptr : evaluated->system(other));
      });
  }
  return table;
}

}  // namespace melomine::report
