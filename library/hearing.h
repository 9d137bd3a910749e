#pragma once

#include <span>
#include <vector>

#include "dsp/audio_buffer.h"
#include "dsp/contour.h"
#include "library/library_builder.h"
#include "pitch/f0.h"
#include "retrieval/embedder.h"

namespace melomine::library {

/// By what songs and queries of a library are heard: its encoder, and a tracker for the contours of encoders
/// that keep none.
struct Ears {
  const retrieval::Embedder& model;
  const pitch::F0Tracker& tracker;
  double contour_hop_s = 0.1;
};

/// A recording, or a score by its notes. @throws DataError naming the file and what is wrong with it
HeardSong hear_song(const SongFile& song, const Ears& ears);

/// A query as it is searched.
struct Query {
  std::vector<double> tempo_ratios;
  std::vector<retrieval::FingerprintSequence> variants;  ///< [tempo_ratios]
  dsp::Contour contour;                                  ///< with its rests; in the time of the recording
  double start_s = 0, duration_s = 0;  ///< what of the recording was heard: its silent ends are cut
};

/// @param trim_db  ends so far under the loudest frame are cut; 0: none
/// @throws DataError where there is nothing to hear
Query hear_query(dsp::AudioBuffer audio, std::span<const double> tempo_ratios, double trim_db,
                 const Ears& ears);

}  // namespace melomine::library
