#pragma once

#include "dsp/audio_buffer.h"
#include "synth/corpus_plan.h"

namespace melomine::synth {

/// What becomes of a planned recording.
struct RenderedRecording {
  dsp::AudioBuffer mix;     ///< the only sound of a hum or a score
  dsp::AudioBuffer vocals;  ///< empty for hums and scores
};

/// Renders recording `index` of a plan. Depends on the plan and the index alone.
RenderedRecording render_recording(const CorpusPlan& plan, size_t index);

}  // namespace melomine::synth
