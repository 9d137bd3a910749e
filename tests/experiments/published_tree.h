#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "tests/evaluation/tunes.h"
#include "tests/melody/tunes.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::testing {

/// A small tree of a published set whose recordings are tunes that a tracker can follow.
class PublishedTree {
 public:
  std::string path(const std::string& name = "") const {
    return (name.empty() ? folder_.path() : folder_ / name).string();
  }
  void write(const std::string& name, const std::string& content) const {
    write_file_atomically(folder_ / name, content);
  }
  /// Six notes of one of evaluation::kTunes, hummed. @param transposition  in semitones
  void hum(const std::string& name, size_t tune, double transposition = 0) const {
    make_folder((folder_ / name).parent_path());
    std::vector<double> pitches = evaluation::kTunes.at(tune);
    pitches.resize(6);
    std::vector<int16_t> samples;
    for (const float sample : evaluation::tune(pitches, transposition))
      samples.push_back(static_cast<int16_t>(std::lround(32767 * std::clamp(sample, -1.f, 1.f))));
    write_wav(folder_ / name, samples);
  }
  void score(const std::string& name, size_t tune) const {
    write(name, midi_file(steady_tune(evaluation::kTunes.at(tune), 0.4)));
  }

 private:
  TempFolder folder_;
};

}  // namespace melomine::testing
