#pragma once

#include <filesystem>
#include <vector>

#include "core/random.h"
#include "dsp/midi.h"
#include "synth/score.h"

namespace melomine::synth {

/// A score from a MIDI file: its melody, split into units at rests and into sections at long ones, chords
/// from what sounds beside it. Near repeats of a unit (the same melody up to a note or so and a few percent
/// of length) become exact ones, so that truth knows them. Two beats are a second.
/// @throws DataError when the melody is too short to split
Score score_from_midi(const std::vector<dsp::MidiTrack>& tracks, const std::string& name, double duration_s);

/// Scores of `count` MIDI files of a folder, told by their names or their content, drawn without repeats from
/// it and the folders in it. The sidecar files (._name) that macOS puts beside others are passed over.
/// @throws DataError when there are fewer usable ones; files that cannot be used are logged and left out
std::vector<Score> scores_from_midi(const std::filesystem::path& folder, int64_t count, double duration_s,
                                    RandomStream random);

}  // namespace melomine::synth
