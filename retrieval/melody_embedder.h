#pragma once

#include <span>

#include "dsp/contour.h"
#include "retrieval/embedder.h"

namespace melomine::retrieval {

/// A model that knows melodies alone. Following the pitch of a recording is apart from embedding, so that it
/// is done once for all tempos, and not at all where a score has notes. As thread-safe as every embedder.
class MelodyEmbedder : public Embedder {
 public:
  /// The melody that is sung in a recording. @throws ConfigError, DataError as the f0 tracker does
  virtual dsp::Contour contour_of(const dsp::AudioBuffer& audio) const = 0;
  virtual dsp::Contour contour_of(std::span<const dsp::Note> notes) const = 0;
  /// A contour shorter than a window is padded to one. @returns [steps, dim]
  virtual FingerprintSequence embed(const dsp::Contour& contour) const = 0;
  FingerprintSequence embed(const dsp::AudioBuffer& audio) const override { return embed(contour_of(audio)); }
};

}  // namespace melomine::retrieval
