#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace melomine::regeneration {

inline constexpr double kSecondsAnHour = 3600;

/// How many of something a table lists, and how many of them could be had.
struct Count {
  int64_t listed = 0, had = 0;
  /// Counts one more.
  void add(bool is_had) {
    ++listed;
    had += is_had ? 1 : 0;
  }
  double share() const { return listed > 0 ? static_cast<double>(had) / static_cast<double>(listed) : 1; }
};

/// What of a data set could be had.
struct Availability {
  Count fragments, recordings, songs;          ///< a song is had where a group of it can be trained on
  Count groups;                                ///< had: with its original and another fragment
  std::map<std::string, Count> by_kind;        ///< fragments: original, cover, humming
  std::map<std::string, Count> by_split;       ///< fragments; empty without splits
  std::map<std::string, int64_t> reasons;      ///< of recordings that are missing
  std::map<std::string, int64_t> drawn_songs;  ///< of the new split
  double hours = 0;                            ///< of fragments that could be had
};

/// A paragraph that a paper can take: "Of the 81,781 fragments of CHAD, 71,234 (87.1 %) could be
/// regenerated on 30 November 2026: …".
/// @param name  of the data set; @param day  "30 November 2026", or empty
std::string availability_statement(const Availability& a, const std::string& name, const std::string& day);

/// The same as JSON text.
std::string availability_json(const Availability& a, const std::string& name, const std::string& day);

}  // namespace melomine::regeneration
