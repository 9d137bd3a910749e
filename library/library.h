#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "library/manifest.h"
#include "library/segment.h"
#include "retrieval/ann_index.h"

namespace melomine::library {

/// One generation of a library, open for searching: songs, their fingerprints and contours, and the indexes
/// over them. It stays what it is while others add and remove songs. Several threads may use it at once.
/// Songs are numbered as they were added; those that were removed keep their numbers.
class Library {
 public:
  /// @throws DataError where files are missing, torn or of another generation
  static Library open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const Manifest& manifest() const { return manifest_; }
  /// Numbers given out: songs, and those that were removed.
  int64_t size() const { return static_cast<int64_t>(place_of_.size()); }
  /// Songs that can be found.
  int64_t songs() const { return static_cast<int64_t>(by_id_.size()); }
  const Song& song(int64_t number) const;
  bool is_removed(int64_t number) const { return removed_[static_cast<size_t>(number)] != 0; }
  /// -1 where there is none of this id.
  int64_t find(const std::string& id) const;
  retrieval::FixedView sequence(int64_t number) const;
  /// MIDI pitch of each frame of Manifest::contour_hop_s, 0 where nothing is sung.
  std::vector<float> pitch(int64_t number) const;
  /// [size + 1] number of each song's first fingerprint in the indexes, then of all.
  std::span<const int64_t> first_steps() const { return first_steps_; }
  /// Nearest fingerprints of all indexes. @param queries  [count, dim] @returns [count, neighbours], best
  /// first
  std::vector<retrieval::AnnIndex::Neighbour> nearest(std::span<const float> queries,
                                                      const retrieval::AnnReach& reach) const;

 private:
  Library(std::filesystem::path folder, Manifest manifest);
  struct Place {
    int64_t segment, song;
  };
  void open_songs();
  const Place& place(int64_t number) const { return place_of_[static_cast<size_t>(number)]; }

  std::filesystem::path folder_;
  Manifest manifest_;
  std::vector<Segment> segments_;
  std::vector<retrieval::AnnIndex> indexes_;
  std::vector<Place> place_of_;
  std::vector<uint8_t> removed_;
  std::vector<int64_t> first_steps_;
  std::map<std::string, int64_t> by_id_;
};

/// Reads every file of the generation. @returns bytes read @throws DataError for the first whose content is
/// not what was written
int64_t verify(const std::filesystem::path& library);

}  // namespace melomine::library
