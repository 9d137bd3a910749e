#pragma once

#include <memory>
#include <span>

#include "dsp/contour.h"
#include "dsp/midi.h"
#include "retrieval/embedder.h"

namespace melomine::retrieval {

/// What a model has heard of an item, before its network sees it.
class HeardMelody {
 public:
  virtual ~HeardMelody() = default;
  /// Whether there is anything that is sung.
  virtual bool has_pitch() const = 0;
  /// The pitch that was followed, with its rests; null where it is not kept.
  virtual const dsp::Contour* contour() const { return nullptr; }
  /// As it is at a tempo, > 1 is faster. A melody shorter than a window is padded to one. @returns [steps,
  /// dim]
  virtual FingerprintSequence embed(double tempo_ratio) const = 0;
};

/// A model that knows melodies alone. Following the pitch of a recording is apart from embedding, so that it
/// is done once for all tempos, and not at all where a score has notes. As thread-safe as every embedder.
class MelodyEmbedder : public Embedder {
 public:
  /// What is sung in a recording. The embedder must outlive it.
  /// @throws ConfigError, DataError as the f0 tracker does
  virtual std::unique_ptr<const HeardMelody> hear(const dsp::AudioBuffer& audio) const = 0;
  /// The same of a score.
  virtual std::unique_ptr<const HeardMelody> read(std::span<const dsp::Note> notes) const = 0;
  FingerprintSequence embed(const dsp::AudioBuffer& audio) const override { return hear(audio)->embed(1); }
};

}  // namespace melomine::retrieval
