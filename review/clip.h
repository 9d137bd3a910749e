#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/time_interval.h"
#include "datasets/audio_store.h"
#include "dsp/audio_buffer.h"
#include "pitch/f0.h"
#include "review/verdict_log.h"

namespace melomine::review {

/// The two sides of a pair.
enum class Side { kOriginal, kPlace };

/// A side as it is drawn: all of its values are spread evenly over its interval.
struct Drawing {
  std::vector<float> peaks;      ///< [L] largest magnitude of each piece, of the clip's largest, in [0, 1]
  std::vector<float> semitones;  ///< [L'] as MIDI counts them, 69 = A4; NaN where nothing is sung
};

/// What pairs sound and look like, out of a run's shards. Several threads use it at once.
class PairClips {
 public:
  /// @param store  outlives it
  PairClips(const datasets::AudioStore& store, const pitch::F0Config& f0);

  /// A side by itself, brought to one level.
  /// @param in_step  of a place: at the tempo of the original, as long as its fragment, its pitch kept
  /// @throws DataError for a recording that is not in the shards or cannot be read
  dsp::AudioBuffer clip(const Pair& pair, Side side, bool in_step = false) const;
  /// @throws DataError as `clip`
  Drawing drawing(const Pair& pair, Side side) const;
  /// "Artist – title", the title, or the recording's id where it has none; may hold anything.
  std::string title(const std::string& recording_id) const;

 private:
  size_t index_of(const std::string& recording_id) const;

  const datasets::AudioStore& store_;
  std::unique_ptr<pitch::F0Tracker> tracker_;
};

}  // namespace melomine::review
