#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dsp/audio_buffer.h"
#include "library/confidence.h"
#include "library/hearing.h"
#include "library/song_search.h"
#include "library/stretches.h"

namespace melomine::library {

/// How songs are found in a long recording: windows of it are searched as queries are.
struct IdentifyConfig {
  double window_s = 10, step_s = 2.5;  ///< length and distance of the windows
  double least_sounding_s = 3;         ///< of a window that is searched
  double silence_db = 60;  ///< under full scale; what is silent to models that are none of melodies
  double block_s = 120;    ///< of the recording, that are heard at once
  int64_t songs = 5;       ///< of each window, that may become stretches
  StretchConfig stretches;
  SearchConfig search{.matches = 3};
};
void bind(configs::Binder& b, IdentifyConfig& c);

/// hear_block, by the library's encoder. Called from several threads at once.
using HearBlock = std::function<Block(const dsp::AudioBuffer& audio)>;
/// Gets the seconds of a stream that have been searched, from one thread at a time.
using StreamProgress = std::function<void(double done_s)>;

/// What was found in a stream.
struct Identified {
  double duration_s = 0;
  int64_t windows = 0, searched = 0;  ///< the others have too little that sounds
  std::vector<Stretch> stretches;     ///< from its beginning to its end
};

/// Finds songs of a library in a recording of any length that comes piece by piece. It is heard once, in
/// blocks that overlap by a window; memory grows by the places found alone, some 2 MB an hour.
/// The answer depends neither on the pieces nor on threads.
class Identifier {
 public:
  /// All outlive it.
  /// @throws DataError  for a library of fewer than kLeastSongs
  /// @throws ConfigError  unless step <= window <= block
  Identifier(const Library& library, const IdentifyConfig& config, HearBlock hear,
             StreamProgress progress = {});

  /// Samples of 16 kHz mono. Hears and searches as soon as there are blocks enough for all threads.
  void push(std::span<const int16_t> samples);
  /// What was pushed counts for nothing.
  void restart();
  /// The end of the stream. @param confidence  none of a library that was not calibrated
  /// @throws DataError for an empty one
  Identified finish(const std::optional<Confidence>& confidence);

  static constexpr int64_t kLeastSongs = 4;  ///< among fewer nothing stands out

 private:
  struct Found;
  int64_t windows_of(double duration_s) const;
  void take_blocks(bool is_end);
  void search_blocks();
  Found search_window(const Block& block, double block_start_s, int64_t window) const;

  const Library& library_;
  const IdentifyConfig& config_;
  HearBlock hear_;
  StreamProgress progress_;

  std::vector<float> samples_;            ///< not in a block yet, or in the next one too
  int64_t first_sample_ = 0;              ///< of these in the stream
  int64_t pushed_ = 0;                    ///< samples of the stream
  int64_t next_window_ = 0;               ///< that is in no block yet
  std::vector<dsp::AudioBuffer> blocks_;  ///< that are to be heard
  std::vector<double> starts_s_;          ///< [blocks_] in the stream
  std::vector<int64_t> first_windows_;    ///< [blocks_ + 1]
  std::vector<StreamHit> hits_;
  std::vector<SearchedWindow> searched_;
};

}  // namespace melomine::library
