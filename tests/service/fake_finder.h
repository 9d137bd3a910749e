#pragma once

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "service/song_finder.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::testing {

/// A library of three songs with planted answers: whatever is hummed is the first one's beginning, as long as
/// the hum is. The first song has a recording of 20 s, an octave of steps; the others have none.
class FakeFinder : public service::SongFinder {
 public:
  explicit FakeFinder(std::vector<std::string> titles = {"Frère Jacques", "The second one", "A third"}) {
    for (size_t i = 0; i < titles.size(); ++i)
      songs_.push_back({.id = "song-" + std::to_string(i), .title = titles[i]});
    write_wav(folder_ / "song.wav", steps(20, 60));
  }

  /// One pitch a second, up the scale from `lowest_midi`.
  static std::vector<int16_t> steps(double duration_s, double lowest_midi) {
    std::vector<int16_t> samples;
    for (int second = 0; second < static_cast<int>(duration_s); ++second) {
      const auto tone = sine(440 * std::exp2((lowest_midi + second % 12 - 69) / 12), 1.0);
      samples.insert(samples.end(), tone.begin(), tone.end());
    }
    return samples;
  }

  service::Found find(const dsp::AudioBuffer& hum, int64_t count) const override {
    const int now = ++running_;
    for (int most = most_running_; now > most && !most_running_.compare_exchange_weak(most, now);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(search_ms));
    --running_;
    if (fails) throw std::runtime_error("secret of the library");
    if (hum.duration_s() < 0.5) throw DataError("the hum is shorter than 0.5 s");
    service::Found found{.songs = {}, .is_match = true, .query = scale(0, hum.duration_s(), -3)};
    for (size_t i = 0; i < songs_.size() && static_cast<int64_t>(i) < count; ++i) {
      const double rank = static_cast<double>(i);
      found.songs.push_back(
          {.id = songs_[i].id,
           .title = songs_[i].title,
           .score = 0.9 - 0.2 * rank,
           .confidence = i == 2 ? std::numeric_limits<double>::quiet_NaN() : 0.9 / (rank + 1),
           .start_s = 2 + rank,
           .end_s = 2 + rank + hum.duration_s(),
           .query_start_s = 0,
           .query_end_s = hum.duration_s(),
           .tempo_ratio = 1 + 0.1 * rank,
           .transposition_semitones = 3,
           .has_audio = i == 0});
    }
    return found;
  }
  service::PitchCurve curve(const std::string& song_id, double start_s, double end_s) const override {
    number_of(song_id);
    return scale(start_s, end_s, 0);
  }
  std::optional<std::filesystem::path> audio(const std::string& song_id) const override {
    if (number_of(song_id) > 0) return std::nullopt;
    return folder_ / "song.wav";
  }
  int64_t songs() const override { return static_cast<int64_t>(songs_.size()); }
  std::string description() const override { return "planted library, generation 1"; }

  int most_running() const { return most_running_; }
  int running() const { return running_; }

  std::atomic<int> search_ms = 0;  ///< what a search takes
  std::atomic<bool> fails = false;

 private:
  struct Song {
    std::string id, title;
  };

  size_t number_of(const std::string& id) const {
    for (size_t i = 0; i < songs_.size(); ++i)
      if (songs_[i].id == id) return i;
    throw DataError("there is no song '" + id + "'");
  }
  /// The recording's steps with a rest at the end of each, and a hand's unsteadiness.
  static service::PitchCurve scale(double start_s, double end_s, double shift) {
    service::PitchCurve curve{.hop_s = 0.02, .semitones = {}};
    const auto steps_of_hop = static_cast<int>(std::lround((end_s - start_s) / curve.hop_s));
    for (int i = 0; i < steps_of_hop; ++i) {
      const double time_s = start_s + i * curve.hop_s;
      const double second = std::floor(time_s), inside = time_s - second;
      const double pitch =
          60 + std::fmod(second, 12) + shift + (shift == 0 ? 0 : 2 + 0.3 * std::sin(9 * time_s));
      curve.semitones.push_back(inside > 0.85 ? std::numeric_limits<float>::quiet_NaN()
                                              : static_cast<float>(pitch));
    }
    return curve;
  }

  TempFolder folder_;
  std::vector<Song> songs_;
  mutable std::atomic<int> running_ = 0, most_running_ = 0;
};

}  // namespace melomine::testing
