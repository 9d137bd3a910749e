#pragma once

#include <vector>

#include "dsp/audio_buffer.h"
#include "dsp/midi.h"

namespace melomine::synth {

/// A melody as sound: a plain hum-like tone with soft onsets, for MIDI references of an evaluation.
dsp::AudioBuffer render_melody(const std::vector<dsp::Note>& notes, int sample_rate_hz = 16000);

}  // namespace melomine::synth
