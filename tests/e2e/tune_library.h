#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "tests/e2e/made_once.h"
#include "tests/melody/tunes.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::testing {

/// A few tunes as MIDI files, an encoder that has seen a dozen batches of others, and the library made of
/// them.
class TuneLibrary {
 public:
  static constexpr int kTunes = 12;

  TuneLibrary() {
    setenv("OMP_NUM_THREADS", "1", 1);
    copy_made_once("tune_encoder", folder_ / "encoder", [](const std::filesystem::path& made) {
      std::filesystem::create_directories(made);
      write_file_atomically(
          made / "tiny.yaml",
          "name: tiny\nruns: " + (made / "runs").string() +
              "\nmelodies: {windows: 6, sources: [{composed: 12}]}\n"
              "front_end: {type: contour, window: {length_s: 2, step_s: 0.5, context_s: 0}}\n"
              "encoder: {type: contour_cnn, width: 8, embedding_dim: 16}\n"
              "train: {length: 12s, validate_every: 0s, threads: 1}\n");
      const CommandResult trained = run_melomine({"train", made / "tiny.yaml"});
      if (trained.status != 0) throw std::runtime_error(trained.output);
      std::filesystem::copy(made / "runs/tiny/round_00/train/last.safetensors", made / "encoder.safetensors");
    });
    std::filesystem::create_directories(folder_ / "tunes");
    for (int tune = 0; tune < kTunes; ++tune)
      write_file_atomically(path("tunes/tune" + std::to_string(tune) + ".mid"), midi_file(melody(tune)));
    add({path("tunes")});
  }

  static std::vector<dsp::Note> melody(int tune) { return random_tune(static_cast<uint64_t>(tune), 40); }
  CommandResult add(const std::vector<std::string>& what) {
    std::vector<std::string> words = {"index", path("library"), "--checkpoint",
                                      path("encoder/encoder.safetensors"), "--add"};
    words.insert(words.end(), what.begin(), what.end());
    added_ = run_melomine(words);
    return added_;
  }
  const CommandResult& added() const { return added_; }
  std::string path(const std::string& name) const { return folder_ / name; }

  /// Notes [first, last) of a tune as a tone, some semitones off and some times as fast.
  static std::vector<int16_t> hummed(int tune, size_t first, size_t last, double semitones, double tempo) {
    const auto notes = melody(tune);
    std::vector<int16_t> samples;
    double phase = 0;
    const double begin_s = notes[first].start_s, end_s = notes[last - 1].end_s;
    for (size_t i = 0; static_cast<double>(i) / 16000 * tempo < end_s - begin_s; ++i) {
      const double at_s = begin_s + static_cast<double>(i) / 16000 * tempo;
      double pitch = 0;
      for (const dsp::Note& note : notes)
        if (note.start_s <= at_s && at_s < note.end_s) pitch = note.pitch_midi;
      phase += 2 * std::numbers::pi * 440 * std::exp2((pitch + semitones - 69) / 12) / 16000;
      const double value = std::sin(phase) + 0.4 * std::sin(2 * phase) + 0.2 * std::sin(3 * phase);
      samples.push_back(pitch > 0 ? static_cast<int16_t>(8000 * value) : int16_t{0});
    }
    return samples;
  }
  /// The same as a file. @returns its path
  std::string hum(int tune, size_t first, size_t last, double semitones, double tempo) const {
    const std::string file = path("hum" + std::to_string(tune) + ".wav");
    write_wav(file, hummed(tune, first, last, semitones, tempo));
    return file;
  }

 private:
  TempFolder folder_;
  CommandResult added_;
};

}  // namespace melomine::testing
