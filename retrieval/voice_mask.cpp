#include "retrieval/voice_mask.h"

#include <algorithm>

namespace melomine::retrieval {

FingerprintSequence embed_voice(const Embedder& embedder, const dsp::AudioBuffer& audio,
                                const dsp::VoiceMask& mask) {
  FingerprintSequence z = embedder.embed(audio);
  if (!mask.on()) return z;
  z.voiced = dsp::voiced_windows(
      audio, {.windows = z.steps, .length_s = embedder.window_s(), .step_s = embedder.hop_s()}, mask);
  for (int64_t t = 0; t < z.steps; ++t)
    if (z.voiced[static_cast<size_t>(t)] == 0) std::fill_n(z.values.begin() + t * z.dim, z.dim, 0.0F);
  return z;
}

}  // namespace melomine::retrieval
