#include "report/result.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/html.h"
#include "report/tables.h"

namespace melomine::report {
namespace {

double mrr_of(const Standing& standing) {
  return standing.metric("mrr").mean;
}

/// The last round that has the set and was not rejected, else the first that has it.
const ReportedRound* round_of(const RunRecord& run, const std::string& set) {
  const ReportedRound* first = nullptr;
  for (const ReportedRound& round : run.rounds)
    if (first == nullptr && round.evaluation(set) != nullptr) first = &round;
  for (size_t i = run.rounds.size(); i-- > 0;)
    if (!run.rounds[i].rejected() && run.rounds[i].evaluation(set) != nullptr) return &run.rounds[i];
  return first;
}

void add(SetResult& result, const std::string& name, int round, const evaluation::SystemRecord* system) {
  const auto is_there = [&](const Standing& standing) { return standing.name == name; };
  if (system == nullptr || system->metric("mrr") == nullptr ||
      std::any_of(result.systems.begin(), result.systems.end(), is_there))
    return;
  result.systems.push_back({name, round, system});
}

}  // namespace

retrieval::Estimate Standing::metric(const std::string& wanted) const {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto* found = system->metric(wanted);
  return found == nullptr ? retrieval::Estimate{kNone, kNone, kNone} : found->estimate;
}

const Standing& SetResult::best() const {
  for (const Standing& standing : systems)
    if (&standing != baseline()) return standing;
  return systems.front();
}

const Standing* SetResult::baseline() const {
  for (const Standing& standing : systems)
    if (standing.name == evaluation::kBaselineName) return &standing;
  return nullptr;
}

std::optional<SetResult> result_of(const RunRecord& run, const std::string& set) {
  const ReportedRound* round = round_of(run, set);
  if (round == nullptr) return std::nullopt;
  SetResult result{.set = set, .record = round->evaluation(set), .systems = {}};
  add(result, model_name(round->number), round->number, result.record->model());
  for (const auto* other : result.record->others()) add(result, other->name, round->number, other);
  // What does not depend on the encoder was judged in round 0 alone.
  for (const ReportedRound& earlier : run.rounds)
    if (const auto* record = earlier.evaluation(set); record != nullptr && earlier.number < round->number)
      for (const auto* other : record->others()) add(result, other->name, earlier.number, other);
  const evaluation::SystemRecord* baseline = run.baseline(set);
  for (Standing& standing : result.systems)
    if (baseline != nullptr)
      standing.beyond_baseline = paired_mrr(*standing.system, *baseline, result.record->bootstrap());
  add(result, evaluation::kBaselineName, run.rounds.front().number, baseline);
  if (result.systems.empty()) return std::nullopt;
  std::stable_sort(result.systems.begin(), result.systems.end(),
                   [](const Standing& a, const Standing& b) { return mrr_of(a) > mrr_of(b); });
  return result;
}

}  // namespace melomine::report
