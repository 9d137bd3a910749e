#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "library/hearing.h"
#include "library/song_search.h"

namespace melomine::cli {

/// Of queries of one length: how often the first song is right, and the place in it (as neural audio
/// fingerprinting is measured, Chang et al. 2021).
struct HitRate {
  double length_s = 0;
  int64_t queries = 0;  ///< that are so long
  int64_t song = 0;     ///< the first song is the right one
  int64_t near = 0;     ///< and its place off by at most one step of its fingerprints
  int64_t exact = 0;    ///< and by at most half a step
};

/// A stretch of a recording and where a song has it.
struct KnownStretch {
  std::filesystem::path recording;
  std::string song;
  double start_s = 0;       ///< in the recording
  double song_start_s = 0;  ///< in the song
};

/// A table of columns query (a path relative to the table), reference_id, reference_start_s, and perhaps
/// query_start_s (else 0). @throws DataError naming file and line
std::vector<KnownStretch> read_stretches(const std::filesystem::path& table, const library::Library& library);

/// Searches the first so many seconds of each stretch. What cannot be heard has missed.
/// @param lengths_s  ascending
std::vector<HitRate> hit_rates(const std::vector<KnownStretch>& stretches,
                               const std::vector<double>& lengths_s, const library::Library& library,
                               const library::SearchConfig& config, const library::Ears& ears);

/// A table of them. @param step_s  of the library's fingerprints
std::string hit_rate_table(const std::vector<HitRate>& rates, double step_s);
std::string hit_rate_json(const std::vector<HitRate>& rates, double step_s);

}  // namespace melomine::cli
