#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/folder_lock.h"
#include "core/progress.h"
#include "library/library.h"

namespace melomine::library {

/// A song to add.
struct SongFile {
  std::string id, title;
  std::filesystem::path path;
  std::string table;  ///< file and line that named it, for messages
};

/// What is heard of a recording or score. @throws DataError for one that cannot be
using Hear = std::function<HeardSong(const SongFile& song)>;

/// In place of FAISS's text: by the number of fingerprints.
inline constexpr const char* kAutoFactory = "auto";

/// How a library is built.
struct BuildOptions {
  std::string factory = kAutoFactory;  ///< FAISS's text; auto: by the number of fingerprints (factory_for)
  int64_t songs_per_segment = 256;     ///< heard between two commits: what a kill costs
  int64_t most_index_rows = 0;         ///< rows that train an index; 0: what its lists gain from
  uint64_t seed = 1;                   ///< by which they are drawn
};

struct SetAsideSong {
  std::string id, reason;
};

/// What a change did.
struct BuildSummary {
  int64_t generation = 0, songs = 0;  ///< afterwards
  int64_t added = 0, replaced = 0, unchanged = 0, removed = 0;
  std::vector<SetAsideSong> set_aside;
  int64_t fingerprints = 0;
  std::string factory;
  int64_t sequence_bytes = 0, contour_bytes = 0, index_bytes = 0;
  double hearing_s = 0, indexing_s = 0;
};

/// Makes and changes the library in a folder; one process at a time, while any number search it. Every change
/// counts at once, with the manifest's next generation, or not at all; what is heard before a kill is not
/// heard again.
class LibraryBuilder {
 public:
  /// @param model      by which songs are heard; its file is copied into a new library
  /// @param checkpoint that file
  /// @throws ConfigError where the library was made by another model; DataError
  LibraryBuilder(std::filesystem::path folder, const std::filesystem::path& checkpoint, ModelRecord model,
                 double contour_hop_s);
  /// Of a library that is there.
  explicit LibraryBuilder(std::filesystem::path folder);

  /// Hears songs that are not there yet, or whose file has changed, and indexes them. Songs are heard in
  /// parallel; the result does not depend on how many at once.
  /// @throws ConfigError for an id that is given twice
  BuildSummary add(std::span<const SongFile> songs, const Hear& hear, const BuildOptions& options,
                   RunObserver& observer);
  /// @throws ConfigError for an id that is not there
  BuildSummary remove(std::span<const std::string> ids);
  /// One segment and one new index in place of all, without what was removed.
  BuildSummary rebuild(const BuildOptions& options, RunObserver& observer);
  /// What there is.
  BuildSummary describe() const;

 private:
  /// To be heard, in the order given.
  std::vector<const SongFile*> wanted(std::span<const SongFile> songs, BuildSummary& summary) const;
  void hear_all(const std::vector<const SongFile*>& songs, const Hear& hear, const BuildOptions& options,
                BuildSummary& summary, RunObserver& observer);
  std::string new_name() const;
  void index_uncovered(const BuildOptions& options, RunObserver& observer);
  void train(const BuildOptions& options);
  void write_index(int64_t first_segment, RunObserver& observer);
  void remove_strays() const;
  void finish(BuildSummary& summary) const;

  std::filesystem::path folder_;
  FolderLock lock_;
  Manifest manifest_;
};

}  // namespace melomine::library
