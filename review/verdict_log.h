#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/time_interval.h"

namespace melomine::review {

/// What people said of a run's pairs, in the run's folder; of it, what a training began with, in the folder
/// of that training.
inline constexpr const char* kVerdictsFile = "verdicts.jsonl";

/// A fragment of an original, and a place in another recording that may sing the same.
struct Pair {
  std::string original_id;
  TimeInterval original;
  std::string recording_id;
  TimeInterval place;

  /// What the place lasts longer than the fragment by, as tempos are told: below 1 it is sung slower.
  double tempo_ratio() const { return original.duration_s() / place.duration_s(); }
  friend bool operator==(const Pair&, const Pair&) = default;
};

enum class Answer {
  kSame,       ///< the place sings the fragment, from its begin to its end
  kDifferent,  ///< it does not, or lies elsewhere than it should
  kSkip,       ///< the listener cannot tell
  kWithdrawn   ///< takes the listener's earlier answer back
};

/// "same", "different", "skip", "withdrawn".
std::string to_string(Answer answer);
/// @throws DataError for any other word
Answer parse_answer(std::string_view word);

/// One line of the file.
struct Judgement {
  Pair pair;
  std::string reviewer;  ///< UTF-8, not empty
  Answer answer = Answer::kSkip;
  std::string time_utc{};  ///< "2026-11-30T05:12:09Z"
  std::string group_id{};  ///< of the mined set that was reviewed; for people alone
};

/// Longest name of a reviewer, bytes.
inline constexpr size_t kLongestReviewer = 100;

/// Without the blanks around it. @throws DataError for a name that is empty, too long or no UTF-8
std::string checked_reviewer(std::string_view name);

/// A line of JSON with its line break. Break of lines in names are escaped, so a line is always a judgement.
std::string judgement_line(const Judgement& judgement);

struct VerdictLog {
  std::vector<Judgement> judgements;  ///< in the order they were given
  int64_t damaged = 0;                ///< lines that are none: cut short by a kill or a full disk
};
VerdictLog parse_verdicts(std::string_view text);
/// None where there is no file. @throws DataError where it cannot be read
VerdictLog read_verdicts(const std::filesystem::path& path);

/// Adds a judgement and waits until it is on the disk. Any number of processes may do so at once; a line that
/// another one left half written is ended first and stays damaged. Nothing is ever taken away.
/// @throws DataError where it cannot be written, and then nothing of it is
void append_verdict(const std::filesystem::path& path, const Judgement& judgement);

}  // namespace melomine::review
