#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <vector>

#include "library/song_search.h"

namespace melomine::library {

/// By how much the best song stands out: its score minus the mean of those behind it.
/// @returns nothing where fewer than two songs were found
std::optional<double> evidence_of(std::span<const FoundSong> found);

/// A query whose answer is known.
struct KnownAnswer {
  double evidence = 0;
  bool is_right = false;  ///< the first song found is the query's
};

/// What is said with so much evidence or more counts as a match.
struct OperatingPoint {
  double threshold = 0;    ///< of the evidence
  double right_kept = 0;   ///< share of right answers that are given
  double wrong_given = 0;  ///< share of wrong answers that are given all the same
};

/// How likely an answer is right, by its evidence: a logistic curve (Platt 1999) through known answers.
struct Confidence {
  double weight = 0, bias = 0;
  double threshold = 0;          ///< of the evidence: below it the answer is "no match"
  int64_t right = 0, wrong = 0;  ///< answers that it was learned from
  std::vector<OperatingPoint> curve;

  double of(double evidence) const;
};

/// Songs that a search has to find for all the evidence there is.
inline constexpr int64_t kSongsOfEvidence = 11;

/// How sure the first of the songs found is.
struct Sureness {
  std::optional<double> confidence;  ///< that it is right; none where that cannot be told
  bool is_match = false;             ///< whether it counts as found: without a confidence, if there is any
};
/// @param confidence  none of a library that was not calibrated
Sureness sureness_of(std::span<const FoundSong> found, const std::optional<Confidence>& confidence);

/// @param most_wrong  share of wrong answers that the threshold may let pass
/// @throws DataError unless there are right and wrong answers, five of each at least
Confidence calibrate(std::span<const KnownAnswer> answers, double most_wrong);

void to_json(nlohmann::ordered_json& json, const Confidence& confidence);
void from_json(const nlohmann::ordered_json& json, Confidence& confidence);

/// confidence.json of a library; none where it was not calibrated. @throws DataError where it is damaged
std::optional<Confidence> read_confidence(const std::filesystem::path& library);
void write_confidence(const std::filesystem::path& library, const Confidence& confidence);

}  // namespace melomine::library
