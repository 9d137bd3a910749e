#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>

#include "dsp/f0_track.h"
#include "tests/dsp/signals.h"

namespace melomine::testing {

struct F0Score {
  double raw_pitch_accuracy = 0, voicing_recall = 0, false_alarm = 0;
};

/// mir_eval's definitions at 50 cents; unvoiced estimates count as wrong pitches.
/// @param reference  CSV without a header: time, f0, 0 where unvoiced
inline F0Score score_of(const dsp::F0Track& track, const std::filesystem::path& reference) {
  std::ifstream in(reference);
  double time, f0, voiced = 0, unvoiced = 0, right = 0, found = 0, alarms = 0;
  char comma;
  while (in >> time >> comma >> f0) {
    const auto t = static_cast<size_t>(std::llround(time / track.hop_s));
    if (t >= track.f0_hz.size()) break;
    const double estimate = track.f0_hz[t];
    if (f0 > 0) {
      ++voiced;
      found += estimate > 0;
      right += estimate > 0 && std::abs(cents(estimate, f0)) < 50;
    } else {
      ++unvoiced;
      alarms += estimate > 0;
    }
  }
  return {right / voiced, found / voiced, alarms / unvoiced};
}

}  // namespace melomine::testing
