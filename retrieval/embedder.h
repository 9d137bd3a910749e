#pragma once

#include <cstdint>

#include "dsp/audio_buffer.h"
#include "retrieval/fingerprint_sequence.h"

namespace melomine::retrieval {

/// All that mining knows of a model M_i: audio in, fingerprints out, no gradient. Tests plant known
/// fingerprints through a fake one; the trainer implements it over an encoder.
class Embedder {
 public:
  virtual ~Embedder() = default;
  virtual int64_t dim() const = 0;
  /// Seconds between consecutive fingerprints, S.
  virtual double hop_s() const = 0;
  /// Length of an analysis window, W, in seconds.
  virtual double window_s() const = 0;
  /// Audio shorter than a window is zero-padded to one. @returns [steps, dim]
  virtual retrieval::FingerprintSequence embed(const dsp::AudioBuffer& audio) = 0;
};

}  // namespace melomine::retrieval
