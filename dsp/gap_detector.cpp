#include "dsp/gap_detector.h"

#include <cmath>

namespace melomine::dsp {
namespace {

/// Share of a difference that is taken over with each frame: drift is followed within a second or so, while
/// the rounding of single time stamps is averaged.
constexpr double kFollow = 0.02;

}  // namespace

double GapDetector::next(std::optional<double> time_s, double duration_s) {
  double gap_s = 0;
  if (time_s) {
    const double ahead_s = *time_s - expected_s_.value_or(*time_s);
    double expected_s = *time_s - ahead_s;
    if (ahead_s > kTolerance_s) {
      gap_s = ahead_s;
      expected_s = *time_s;
    } else if (ahead_s < -kRestart_s) {
      ++restarts_;
      expected_s = *time_s;
    } else if (std::abs(ahead_s) <= kTolerance_s) {
      expected_s += kFollow * ahead_s;
      followed_s_ += kFollow * ahead_s;
    }
    expected_s_ = expected_s;
  }
  if (expected_s_) *expected_s_ += duration_s;
  return gap_s;
}

}  // namespace melomine::dsp
