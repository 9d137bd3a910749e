#pragma once

#include <vector>

#include "synth/corpus_plan.h"
#include "synth/voice.h"

namespace melomine::synth {

/// A singer fit for a melody: the tract follows how high it lies, the rest is drawn.
synth::VoiceTimbre draw_singer(double mean_pitch_midi, RandomStream& random);
/// Somebody untrained: little vibrato, an unsteady pitch.
synth::VoiceTimbre draw_hummer(double mean_pitch_midi, RandomStream& random);

double mean_pitch(const std::vector<PerformedNote>& notes);

/// Words for a melody: equal for equal (song, unit, lyrics, note), so that all recordings of a song share
/// them.
std::vector<synth::SungNote> with_words(const std::vector<PerformedNote>& notes, uint64_t seed, int song,
                                        RandomStream& random);

/// Grace notes, divided notes and changed pitches; note onsets in time stay where they are.
void ornament(std::vector<synth::SungNote>& notes, double rate, RandomStream& random);

/// A hum of a melody: syllables of one kind, and the pitch errors of somebody who is not a singer.
std::vector<synth::SungNote> as_hummed(const std::vector<PerformedNote>& notes, const CorpusConfig& config,
                                       uint64_t seed, int song, RandomStream& random);

}  // namespace melomine::synth
