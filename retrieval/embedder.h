#pragma once

#include <cstdint>

#include "dsp/audio_buffer.h"
#include "retrieval/fingerprint_sequence.h"

namespace melomine::retrieval {

/// All that search and mining know of a model M_i: audio in, fingerprints out, no gradient. Tests plant known
/// fingerprints through a fake one; embedding::EncoderEmbedder is one over an encoder. What embeds changes
/// nothing, so one embedder serves any number of threads.
class Embedder {
 public:
  virtual ~Embedder() = default;
  virtual int64_t dim() const = 0;
  /// Seconds between consecutive fingerprints, S.
  virtual double hop_s() const = 0;
  /// Length of an analysis window, W, in seconds.
  virtual double window_s() const = 0;
  /// Whether seconds are those that are sung: rests are taken out before windows are cut.
  virtual bool hears_sung_time() const { return false; }
  /// Audio shorter than a window is zero-padded to one. @returns [steps, dim]
  virtual FingerprintSequence embed(const dsp::AudioBuffer& audio) const = 0;
};

}  // namespace melomine::retrieval
