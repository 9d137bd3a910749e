#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/binder.h"
#include "dsp/midi.h"

namespace melomine::melody {

/// A tune as notes: what contour encoders are trained on without any audio.
struct Melody {
  std::string id;
  std::vector<dsp::Note> notes;  ///< by start, seconds; one at a time
  std::string title = {};        ///< "" where its table has none
};

/// Where melodies come from: a folder of MIDI files, or a table of them (reference_id, path, and title where
/// it has them; paths relative to the table), or so many that are composed. Paths are relative to the working
/// directory.
struct MelodySource {
  std::string path;
  std::vector<std::string> leave_out;  ///< ids that are not taken, e.g. those a test set quotes
  int64_t composed = 0;                ///< melodies of melody/composed_melodies.h, in place of a path
  int64_t seed = 0;                    ///< of those
};
void bind(configs::Binder& b, MelodySource& c);

/// The sung lines (dsp::melody_of) of all files, in the order of the sources: a table's as its rows stand,
/// under their reference_id; a folder's, with all that lies below it, by path, under their names without the
/// extension. Files that are not there, are broken or hold no note are set aside, and told in one warning.
/// Two melodies may be the same, and two sources may use one id. Read in parallel (TBB).
/// Composed ones come behind those of files.
/// @throws ConfigError without a source, or for an id to leave out that its source does not have; DataError
/// for a folder or table that cannot be read, and when no melody is left
std::vector<Melody> read_melodies(const std::vector<MelodySource>& sources);

}  // namespace melomine::melody
