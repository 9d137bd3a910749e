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
  /// [tempo_ratios]; none where a model of melodies follows no pitch
  std::vector<retrieval::FingerprintSequence> variants;
  dsp::Contour contour;                ///< with its rests; in the time of the recording
  double start_s = 0, duration_s = 0;  ///< what of the recording was heard: its silent ends are cut
};

/// @param trim_db  ends so far under the loudest frame are cut; 0: none
/// @throws DataError where there is nothing to hear
Query hear_query(dsp::AudioBuffer audio, std::span<const double> tempo_ratios, double trim_db,
                 const Ears& ears);

/// A piece of a longer recording, heard from end to end, of which windows are searched (stream_window.h).
struct Block {
  Query heard;
  /// Of each frame of Ears::contour_hop_s: 0 where there is no pitch, of models of melodies, or no sound
  std::vector<uint8_t> sounding;
};

/// @param silence_db  what lies so far under full scale is silent to models that are none of melodies
Block hear_block(const dsp::AudioBuffer& audio, std::span<const double> tempo_ratios, double silence_db,
                 const Ears& ears);

}  // namespace melomine::library
