#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dsp/contour.h"
#include "library/manifest.h"
#include "library/npy_file.h"
#include "library/song_table.h"
#include "retrieval/fingerprint_sequence.h"
#include "retrieval/fixed_sequence.h"

namespace melomine::library {

/// What a library keeps of a song. The numbers in `song` are filled in from the other two.
struct HeardSong {
  Song song;
  retrieval::FingerprintSequence fingerprints;
  dsp::Contour contour;  ///< with its rests
};

class Segment;

std::filesystem::path segment_folder(const std::filesystem::path& library, const std::string& name);

/// Writes a segment into a folder beside its place, which it takes whole at the end; without `finish` nothing
/// is left.
class SegmentWriter {
 public:
  /// @param dim  numbers a fingerprint @throws DataError
  SegmentWriter(const std::filesystem::path& library, const std::string& name, int64_t dim);
  ~SegmentWriter();
  /// @throws ShapeError for fingerprints of another dim, or longer than 1; DataError when the disk is full
  void add(HeardSong heard);
  /// A song of another segment as it is.
  void copy(const Song& song, const Segment& from, int64_t number);
  SegmentRecord finish();

 private:
  void count(Song song);

  std::filesystem::path final_, partial_;
  SegmentRecord record_;
  std::vector<Song> songs_;
  std::unique_ptr<NpyWriter> sequences_, contours_;
};

/// A segment, mapped.
class Segment {
 public:
  /// @throws DataError where a file is not the one of the record
  Segment(const std::filesystem::path& library, const SegmentRecord& record, int64_t dim);

  const std::vector<Song>& songs() const { return songs_; }
  int64_t dim() const { return dim_; }
  /// Fingerprints of a song, 16-bit fixed point.
  retrieval::FixedView sequence(int64_t song) const;
  /// Pitch of each frame of a song in MIDI semitones, 0 where nothing is sung.
  std::vector<float> pitch(int64_t song) const;
  /// The same as it is stored.
  std::span<const int16_t> contour(int64_t song) const;

 private:
  int64_t dim_;
  std::vector<Song> songs_;
  std::vector<int64_t> first_step_, first_frame_;  ///< [songs + 1]
  MappedNpy sequences_, contours_;
};

/// @throws DataError where a file has another size, or, with `content`, other bytes than were written
void check_file(const std::filesystem::path& file, const FileRecord& record, bool content);

}  // namespace melomine::library
