#pragma once

#include "dsp/audio_buffer.h"
#include "dsp/voice_mask.h"
#include "retrieval/embedder.h"
#include "retrieval/fingerprint_sequence.h"

namespace melomine::retrieval {

/// Fingerprints of audio, with the mask of its windows: steps without a voice count for nothing from here on.
/// As the embedder gives them while the mask is off.
FingerprintSequence embed_voice(const Embedder& embedder, const dsp::AudioBuffer& audio,
                                const dsp::VoiceMask& mask);

}  // namespace melomine::retrieval
