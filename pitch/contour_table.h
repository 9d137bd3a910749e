#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pitch/f0.h"

namespace melomine::pitch {

/// f0 over time as a CSV has it: one row a frame, times ascending.
struct TimedF0 {
  std::vector<double> time_s;
  std::vector<float> f0_hz;        ///< 0 where unvoiced
  std::vector<float> probability;  ///< of being voiced
};

/// Columns time_s, f0_hz and, where there is one, voiced_probability; f0_hz is 0, empty or nan where
/// unvoiced.
/// @throws DataError naming file and line
TimedF0 read_timed_f0(const std::filesystem::path& path);

/// As `read_timed_f0` reads it.
std::string timed_f0_csv(const dsp::F0Track& track);

/// At even steps: between two voiced rows by their logarithms, else as the nearest row has it; unvoiced where
/// no row is nearer than one and a half of the usual distance between rows.
dsp::F0Track resample_f0(const TimedF0& table, double hop_s, int64_t frames);

struct ContourTableConfig {
  std::filesystem::path index;  ///< CSV: samples_sha256, path
};
void bind(configs::Binder& b, ContourTableConfig& c);

/// Tracks that another program found (RMVPE, PESTO, SPICE, penn, …), read from disk. A recording is known by
/// the SHA-256 of its samples, so it is found by whatever asks for it: a query, a reference or a recording of
/// shards, as long as the whole recording is asked for.
class ContourTable : public F0Tracker {
 public:
  /// @throws DataError for an index that cannot be used, or that has a recording twice
  ContourTable(const ContourTableConfig& config, const F0Range& range);
  /// What lies outside the range of f0 is unvoiced. @throws DataError for a recording that the index lacks,
  /// or a table that cannot be used
  dsp::F0Track track(std::span<const float> samples, int sample_rate_hz) const override;

 private:
  F0Range range_;
  std::filesystem::path index_;
  std::map<std::string, std::filesystem::path> tables_;
};

}  // namespace melomine::pitch
