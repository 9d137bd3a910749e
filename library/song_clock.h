#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::library {

/// From the time that fingerprints count in to that of the recording: the same, or, of models that take rests
/// out, the time that is sung.
class SongClock {
 public:
  /// @param pitch      of each frame of hop_s, 0 at rests
  /// @param sung_time  whether fingerprints count the time that is sung
  SongClock(std::span<const float> pitch, double hop_s, bool sung_time);
  /// Beyond the last sung frame time goes on as in the recording.
  double time_of(double heard_s) const;
  /// The other way: how much of what fingerprints count is heard before a time of the recording.
  double heard_before(double time_s) const;

 private:
  double hop_s_;
  bool sung_time_;
  std::vector<int64_t> sung_;  ///< frames in which something is sung
};

/// Of the frames in which something is sung; 0 where there are none.
double median_pitch(std::span<const float> pitch);

}  // namespace melomine::library
