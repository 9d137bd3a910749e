#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "experiments/report.h"
#include "experiments/report/run_record.h"

namespace melomine::experiments {
namespace {

using namespace report;

std::string count(const RoundRecord& round, const char* key) {
  if (!round.mining || !round.mining->yield.contains(key)) return "-";
  return fmt::format("{:.0f}", round.mining->yield.at(key));
}

std::string three_decimals(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.3f}", value);
}

std::string figure(const RoundRecord& round, const char* key) {
  if (!round.mining || !round.mining->quality) return "-";
  return three_decimals(round.mining->quality->figure(key).estimate.mean);
}

std::string mrr(const RoundRecord& round, const std::string& set,
                std::optional<SystemRecord> EvaluationRecord::*system) {
  const EvaluationRecord* evaluation = round.evaluation(set);
  if (evaluation == nullptr || !(evaluation->*system)) return "-";
  return three_decimals((evaluation->*system)->metrics.at("mrr").mean);
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
    table += with_mrr(line("no learning", {}), [&](const std::string& set) {
      return mrr(record.rounds.front(), set, &EvaluationRecord::no_learning);
    });
  for (const RoundRecord& round : record.rounds) {
    const bool refused = round.outcome && !round.outcome->accepted;
    table += with_mrr(line(fmt::format("M_{}{}", round.number, refused ? " (refused)" : ""),
                           {count(round, "relevant"), count(round, "uncertain"),
                            figure(round, "relevant_precision"), figure(round, "relevant_recall"),
                            figure(round, "coverage"), figure(round, "alignment_median_s")}),
                      [&](const std::string& set) { return mrr(round, set, &EvaluationRecord::model); });
  }
  return table;
}

}  // namespace melomine::experiments
