#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/html.h"
#include "report/result.h"

namespace melomine::report {
namespace {

std::string counted(int64_t count, const char* one, const char* several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

void add_rounds(const RunRecord& run, std::vector<Trouble>& troubles) {
  for (const ReportedRound& round : run.rounds)
    if (round.rejected())
      troubles.push_back({"rejected_round", fmt::format("{} was rejected: {}", model_name(round.number),
                                                        round.outcome->reason)});
  const bool looped = std::any_of(run.rounds.begin(), run.rounds.end(),
                                  [](const ReportedRound& round) { return round.outcome.has_value(); });
  if (looped && !run.rounds.back().outcome)
    troubles.push_back(
        {"in_progress", fmt::format("{} is not finished", model_name(run.rounds.back().number)), false});
}

void add_recordings(const RunRecord& run, std::vector<Trouble>& troubles) {
  std::set<std::string> aside;
  for (const ReportedRound& round : run.rounds)
    if (round.mining)
      for (const auto& recording : round.mining->set_aside) aside.insert(recording.recording_id);
  if (!aside.empty())
    troubles.push_back({"set_aside", fmt::format("{} set aside while mining (listed under Details)",
                                                 counted(static_cast<int64_t>(aside.size()), "recording was",
                                                         "recordings were"))});
}

/// Of the report that the result is read from.
void add_items(const RunRecord& run, const std::string& set, std::vector<Trouble>& troubles) {
  const auto result = result_of(run, set);
  if (!result) return;
  const evaluation::EvaluationRecord& record = *result->record;
  const auto tell = [&](const char* kind, size_t count, const char* one, const char* several, bool grave) {
    if (count == 0) return;
    troubles.push_back(
        {kind, fmt::format("{}: {}", set, counted(static_cast<int64_t>(count), one, several)), grave});
  };
  tell("broken_items", record.broken.size(), "query or reference is broken and left out",
       "queries or references are broken and left out", true);
  tell("left_out", record.left_out.size(), "query has nothing to find and is left out",
       "queries have nothing to find and are left out", false);
  tell("files_left_out", record.files_left_out.size(), "file is no audio or MIDI and left out",
       "files are no audio or MIDI and left out", false);
  tell("repaired", record.repaired.size(), "item was mended to be heard", "items were mended to be heard",
       false);
  if (record.availability)
    for (const auto& part : record.availability->parts)
      if (part.found < part.expected)
        troubles.push_back({"incomplete_set", fmt::format("{}: {} of {} {} are there", set, part.found,
                                                          part.expected, part.what)});
}

void add_leaks(const RunRecord& run, std::vector<Trouble>& troubles) {
  if (!run.leaks) return;
  const auto proofs = std::count_if(run.leaks->begin(), run.leaks->end(),
                                    [](const auto& leak) { return experiments::is_proof(leak.kind); });
  const auto hints = static_cast<int64_t>(run.leaks->size()) - proofs;
  if (proofs > 0)
    troubles.push_back(
        {"leaks", fmt::format("{} evaluated on is trained on, too: {} (leaks.csv)",
                              counted(proofs, "item", "items"), experiments::describe(run.leaks->front()))});
  if (hints > 0)
    troubles.push_back({"leak_hints",
                        fmt::format("{} that something evaluated on may be trained on, too (leaks.csv)",
                                    counted(hints, "hint", "hints")),
                        false});
}

}  // namespace

std::vector<Trouble> troubles_of(const RunRecord& run) {
  std::vector<Trouble> troubles;
  if (run.rounds.empty()) return troubles;
  add_rounds(run, troubles);
  add_leaks(run, troubles);
  add_recordings(run, troubles);
  for (const std::string& set : run.sets) add_items(run, set, troubles);
  if (run.verdicts.damaged > 0)
    troubles.push_back({"damaged_verdicts", fmt::format("{} of verdicts.jsonl cannot be read",
                                                        counted(run.verdicts.damaged, "line", "lines"))});
  if (run.warnings > 0)
    troubles.push_back(
        {"warnings", fmt::format("run.log holds {}", counted(run.warnings, "warning", "warnings")), false});
  return troubles;
}

}  // namespace melomine::report
