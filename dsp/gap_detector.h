#pragma once

#include <optional>

namespace melomine::dsp {

/// Follows the time stamps of decoded frames and finds where a recording lacks a stretch: fragments that were
/// never fetched, pages lost, silence that an encoder did not send.
///
/// A frame should begin where the frames before it end. Containers round time stamps to milliseconds and
/// recorders' clocks drift: what lies within kTolerance_s is followed slowly and is no gap. Time stamps that
/// go back by more than kRestart_s begin anew, as where recordings were put end to end.
class GapDetector {
 public:
  static constexpr double kTolerance_s = 0.015;  ///< under the 20 ms of the shortest usual packet
  static constexpr double kRestart_s = 0.1;

  /// The next frame.
  /// @param time_s      its time stamp; frames without one continue
  /// @param duration_s  of its samples
  /// @returns what is missing in front of it, s; 0 = nothing
  double next(std::optional<double> time_s, double duration_s);

  /// Of a recording whose beginning is missing: the time stamp that its first frame would have.
  void begin_at(double time_s) { expected_s_ = time_s; }

  /// What the time stamps ran ahead of the samples in all, s, without the gaps: drift, and frames lost that
  /// are shorter than a gap. Rounding cancels out; negative where the samples ran ahead.
  double followed_s() const { return followed_s_; }

  /// How often time stamps went back.
  int restarts() const { return restarts_; }

 private:
  std::optional<double> expected_s_;
  double followed_s_ = 0;
  int restarts_ = 0;
};

}  // namespace melomine::dsp
