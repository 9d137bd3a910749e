#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dsp/audio_buffer.h"
#include "dsp/midi.h"
#include "experiments/experiment_config.h"
#include "experiments/stage_inputs.h"

namespace melomine::experiments {

/// A recording or tune on one of the two sides, loaded when it is its turn, from any thread.
struct LeakItem {
  std::string id;                                 ///< recording_id, reference_id, name of a file
  std::string place;                              ///< "song 's4' (held out)", "set 'kth_ss'", "melodies"
  std::string title, youtube_id;                  ///< "" where nothing tells
  std::function<dsp::AudioBuffer()> audio;        ///< empty of tunes as notes
  std::function<std::vector<dsp::Note>()> notes;  ///< empty of recordings
};

/// One side, and by what it is known that it is the same as before.
struct LeakSide {
  std::vector<LeakItem> items;
  StageInputs inputs;
};

/// What an experiment's encoders learn from: the recordings in its shards of songs that are trained on, where
/// it learns from recordings, and the melodies of its sources, composed ones aside.
/// @throws ConfigError, DataError for what cannot be read
LeakSide trained_side(const ExperimentConfig& config);

/// What it is evaluated on: recordings of held-out and validation songs in its shards; of each set of tables
/// or of a published layout the queries and what is right for any of them. Other candidates are no leak. A
/// set that cannot be read is told in a warning and left out.
LeakSide evaluated_side(const ExperimentConfig& config);

}  // namespace melomine::experiments
