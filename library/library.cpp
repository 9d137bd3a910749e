#include "library/library.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace melomine::library {

namespace fs = std::filesystem;
using retrieval::AnnIndex;

/// Indexes up to this size are compared with their checksum when a library is opened, half a second at most;
/// larger ones are mapped unread.
constexpr int64_t kCheckedIndex_bytes = int64_t{256} << 20;

Library Library::open(const fs::path& folder) {
  for (;;) {
    Manifest manifest = read_manifest(folder);
    const int64_t generation = manifest.generation;
    try {
      return Library(folder, std::move(manifest));
    } catch (const DataError&) {  // another process may have put the next generation in its place meanwhile
      if (read_manifest(folder).generation == generation) throw;
    }
  }
}

Library::Library(fs::path folder, Manifest manifest)
    : folder_(std::move(folder)), manifest_(std::move(manifest)) {
  check_file(folder_ / kModelFile, manifest_.model.file, false);
  for (int64_t s = 0; s < manifest_.covered_segments(); ++s)
    segments_.emplace_back(folder_, manifest_.segments[static_cast<size_t>(s)], manifest_.model.dim);
  for (const AnnRecord& record : manifest_.indexes) {
    const fs::path file = folder_ / kIndexesFolder / record.name;
    // FAISS believes what it reads: damage would end the process, or go unseen.
    check_file(file, record.file, record.file.bytes <= kCheckedIndex_bytes);
    indexes_.push_back(AnnIndex::map(file));
    if (indexes_.back().size() != record.rows || indexes_.back().dim() != manifest_.model.dim)
      throw DataError(file.string(), "",
                      fmt::format("holds {} fingerprints of {} numbers, its library's {} says {} of {}",
                                  indexes_.back().size(), indexes_.back().dim(), kManifestFile, record.rows,
                                  manifest_.model.dim));
  }
  open_songs();
}

void Library::open_songs() {
  first_steps_.push_back(0);
  for (size_t s = 0; s < segments_.size(); ++s)
    for (size_t i = 0; i < segments_[s].songs().size(); ++i) {
      place_of_.push_back({static_cast<int64_t>(s), static_cast<int64_t>(i)});
      first_steps_.push_back(first_steps_.back() + segments_[s].songs()[i].steps);
    }
  removed_.assign(place_of_.size(), 0);
  std::vector<int64_t> first_song{0};
  for (const Segment& segment : segments_)
    first_song.push_back(first_song.back() + static_cast<int64_t>(segment.songs().size()));
  for (const RemovedSong& song : manifest_.removed)
    if (song.segment < static_cast<int64_t>(segments_.size()))
      removed_[static_cast<size_t>(first_song[static_cast<size_t>(song.segment)] + song.song)] = 1;
  for (int64_t n = 0; n < size(); ++n)
    if (!is_removed(n)) by_id_[song(n).id] = n;
}

const Song& Library::song(int64_t number) const {
  const Place& p = place(number);
  return segments_[static_cast<size_t>(p.segment)].songs()[static_cast<size_t>(p.song)];
}

int64_t Library::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? -1 : found->second;
}

retrieval::FixedView Library::sequence(int64_t number) const {
  const Place& p = place(number);
  return segments_[static_cast<size_t>(p.segment)].sequence(p.song);
}

std::vector<float> Library::pitch(int64_t number) const {
  const Place& p = place(number);
  return segments_[static_cast<size_t>(p.segment)].pitch(p.song);
}

std::vector<AnnIndex::Neighbour> Library::nearest(std::span<const float> queries,
                                                  const retrieval::AnnReach& reach) const {
  const auto width = static_cast<size_t>(reach.neighbours);
  const size_t count = queries.size() / static_cast<size_t>(manifest_.model.dim);
  std::vector<AnnIndex::Neighbour> merged(count * width), both(2 * width);
  for (const AnnIndex& index : indexes_) {
    const auto found = index.search(queries, reach);
    for (size_t q = 0; q < count; ++q) {
      const auto known = std::span(merged).subspan(q * width, width);
      const auto fresh = std::span(found).subspan(q * width, width);
      std::merge(known.begin(), known.end(), fresh.begin(), fresh.end(), both.begin(),
                 [](const AnnIndex::Neighbour& a, const AnnIndex::Neighbour& b) {
                   if ((a.number < 0) != (b.number < 0)) return b.number < 0;
                   return a.similarity > b.similarity;
                 });
      std::copy_n(both.begin(), width, known.begin());
    }
  }
  return merged;
}

int64_t verify(const fs::path& library) {
  const Manifest manifest = read_manifest(library);
  int64_t bytes = 0;
  const auto check = [&](const fs::path& file, const FileRecord& record) {
    check_file(file, record, true);
    bytes += record.bytes;
  };
  check(library / kModelFile, manifest.model.file);
  if (!manifest.factory.empty()) check(library / kIndexesFolder / manifest.trained_name, manifest.trained);
  for (const SegmentRecord& segment : manifest.segments)
    for (const auto& [name, file] : segment.files) check(segment_folder(library, segment.name) / name, file);
  for (const AnnRecord& index : manifest.indexes) check(library / kIndexesFolder / index.name, index.file);
  return bytes;
}

}  // namespace melomine::library
