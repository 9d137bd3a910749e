#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/audio_store.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/protocol.h"
#include "report/report.h"
#include "report/result.h"
#include "report/run_record.h"

namespace melomine::report {

/// A query of which something wrong came first.
struct Mistake {
  const evaluation::QueryRecord* query = nullptr;
  double margin = 0;      ///< score of what came first minus that of the best that is right; infinite where
                          ///< nothing right was found
  bool is_narrow = true;  ///< chosen for its small margin, else for its large one
};

/// At most `count` mistakes of a system, narrow ones and wide ones in turn: half of them those of the
/// smallest margin, half those of the largest, equal margins in the order of the queries.
std::vector<Mistake> mistakes_to_hear(const evaluation::SystemRecord& system, size_t count);
/// Queries of which something wrong came first.
int64_t count_mistakes(const evaluation::SystemRecord& system);

/// What a page tells of a set's mistakes.
struct SetMistakes {
  size_t set = 0;  ///< index among RunRecord::sets
  SetResult result;
  std::vector<Mistake> mistakes;  ///< to hear, of the best system
};
/// Of every set that has a result. @param count  mistakes to hear, over all sets; each set that has any has
/// one at least where this is above 0
std::vector<SetMistakes> mistakes_of(const RunRecord& run, size_t count);

/// The mistakes to hear, from shards or files where they are, as a section; "" where no set has a result.
std::string mistakes_section(const RunRecord& run, const std::vector<SetMistakes>& mistakes,
                             const ReportInputs& inputs);
/// For each set the queries that the last round's model ranks otherwise than the first's; "" without any.
std::string changed_queries(const RunRecord& run, const std::vector<SetMistakes>& heard);

/// The name by which a page links to a mistake. @param set  index among RunRecord::sets  @param query  its id
std::string mistake_anchor(size_t set, const std::string& query);

/// The audio of a set's queries and candidates: out of the shards, or of the files that its protocol names.
class SetAudio {
 public:
  /// @throws Error where neither can be opened
  SetAudio(const RunRecord& run, const std::string& set, const ReportInputs& inputs);
  /// Part of a recording, at most 20 s. @param id  of an item  @param duration_s  or as far as the recording
  /// reaches  @throws Error where there is no such item or it cannot be read
  dsp::AudioBuffer clip(evaluation::ItemRole role, const std::string& id, double start_s,
                        double duration_s) const;
  /// Length of a recording, s. @throws as clip
  double duration_s(evaluation::ItemRole role, const std::string& id) const;

 private:
  dsp::AudioBuffer load(evaluation::ItemRole role, const std::string& id) const;

  std::optional<datasets::AudioStore> store_;
  std::unique_ptr<evaluation::Protocol> protocol_;
  evaluation::EvaluationSet set_;
  std::map<std::pair<evaluation::ItemRole, std::string>, const evaluation::EvaluationItem*> items_;
};

}  // namespace melomine::report
