#pragma once

#include <vector>

#include "datasets/corpus_plan.h"
#include "dsp/voice.h"

namespace melomine::datasets {

/// A singer fit for a melody: the tract follows how high it lies, the rest is drawn.
dsp::VoiceTimbre draw_singer(double mean_pitch_midi, RandomStream& random);
/// Somebody untrained: little vibrato, an unsteady pitch.
dsp::VoiceTimbre draw_hummer(double mean_pitch_midi, RandomStream& random);

double mean_pitch(const std::vector<PerformedNote>& notes);

/// Words for a melody: equal for equal (song, unit, lyrics, note), so that all recordings of a song share
/// them.
std::vector<dsp::SungNote> with_words(const std::vector<PerformedNote>& notes, uint64_t seed, int song,
                                      RandomStream& random);

/// Grace notes, divided notes and changed pitches; note onsets in time stay where they are.
void ornament(std::vector<dsp::SungNote>& notes, double rate, RandomStream& random);

/// A hum of a melody: syllables of one kind, and the pitch errors of somebody who is not a singer.
std::vector<dsp::SungNote> as_hummed(const std::vector<PerformedNote>& notes, const CorpusConfig& config,
                                     uint64_t seed, int song, RandomStream& random);

}  // namespace melomine::datasets
