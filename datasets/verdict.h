#pragma once

#include <string>
#include <string_view>

namespace melomine::datasets {

/// What mining's thresholds or a listener said of a fragment: the column `verdict` of mined tables.
enum class Verdict {
  kNone,       ///< nothing was said: the table itself vouches for the row, as hums.csv does
  kRelevant,   ///< at or above β_rel
  kUncertain,  ///< between the thresholds: waits for a listener
  kAccepted,   ///< by a listener
  kRejected    ///< by a listener
};

/// "", "relevant", "uncertain", "accepted", "rejected".
std::string to_string(Verdict verdict);
/// @throws DataError for any other word
Verdict parse_verdict(std::string_view word);

/// Whether the row stands for a match: neither uncertain nor rejected.
bool is_match(Verdict verdict);

}  // namespace melomine::datasets
