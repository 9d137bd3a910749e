#include "library/library_builder.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/logging.h"
#include "core/random.h"
#include "core/sha256.h"

namespace melomine::library {
namespace {

namespace fs = std::filesystem;
using retrieval::AnnIndex;

/// Rows that are read, made floating and added to an index at once.
constexpr int64_t kBlockRows = 1 << 16;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

const fs::path& made(const fs::path& folder) {
  make_folder(folder / kSegmentsFolder);
  make_folder(folder / kIndexesFolder);
  return folder;
}

/// Songs of a segment and where they are in it.
template <class Visit>
void for_each_song(const fs::path& folder, const Manifest& manifest, const Visit& visit) {
  const std::set<RemovedSong> removed(manifest.removed.begin(), manifest.removed.end());
  for (size_t s = 0; s < manifest.segments.size(); ++s) {
    const auto songs = read_songs(segment_folder(folder, manifest.segments[s].name) / kSongsFile);
    for (size_t i = 0; i < songs.size(); ++i) {
      const RemovedSong place{static_cast<int64_t>(s), static_cast<int64_t>(i)};
      if (removed.count(place) == 0) visit(songs[i], place);
    }
  }
}

/// Rows of a sequence that are of some voice, as FAISS takes them.
struct Rows {
  std::vector<float> values;
  std::vector<int64_t> numbers;
};

void append_rows(const retrieval::FixedView& sequence, int64_t first_number, Rows& rows) {
  const std::vector<float> values = retrieval::from_fixed(sequence);
  for (int64_t t = 0; t < sequence.steps; ++t) {
    const auto row =
        std::span(values).subspan(static_cast<size_t>(t * sequence.dim), static_cast<size_t>(sequence.dim));
    if (std::all_of(row.begin(), row.end(), [](float v) { return v == 0; })) continue;
    rows.values.insert(rows.values.end(), row.begin(), row.end());
    rows.numbers.push_back(first_number + t);
  }
}

/// Fingerprints of segments [first, last).
int64_t steps_of(const Manifest& manifest, int64_t first, int64_t last) {
  int64_t steps = 0;
  for (int64_t s = first; s < last; ++s) steps += manifest.segments[static_cast<size_t>(s)].steps;
  return steps;
}

}  // namespace

LibraryBuilder::LibraryBuilder(fs::path folder, const fs::path& checkpoint, ModelRecord model,
                               double contour_hop_s)
    : folder_(std::move(folder)), lock_(made(folder_)) {
  model.file = record_of(checkpoint);
  if (fs::exists(folder_ / kManifestFile)) {
    manifest_ = read_manifest(folder_);
    if (manifest_.model.file.sha256 != model.file.sha256)
      throw ConfigError(fmt::format(
          "{}: was made with another encoder than {}; songs of both cannot be compared. Add without "
          "--checkpoint, which takes the library's own, or make another library",
          folder_.string(), checkpoint.string()));
    return;
  }
  write_file_atomically(folder_ / kModelFile, read_file(checkpoint));
  manifest_.model = model;
  manifest_.contour_hop_s = contour_hop_s;
}

LibraryBuilder::LibraryBuilder(fs::path folder)
    : folder_(std::move(folder)), lock_(folder_), manifest_(read_manifest(folder_)) {}

std::vector<const SongFile*> LibraryBuilder::wanted(std::span<const SongFile> songs,
                                                    BuildSummary& summary) const {
  std::map<std::string, std::string> known;  // SHA-256 by id; the last of an id counts
  for_each_song(folder_, manifest_,
                [&](const Song& song, const RemovedSong&) { known[song.id] = song.sha256; });
  std::set<std::string> given;
  std::vector<const SongFile*> wanted;
  for (const SongFile& song : songs) {
    if (!given.insert(song.id).second)
      throw ConfigError(fmt::format("{}: the id '{}' is given twice", song.table, song.id));
    const auto found = known.find(song.id);
    std::error_code error;
    const bool is_there = fs::is_regular_file(song.path, error);
    if (found != known.end() && is_there && sha256_of_file(song.path) == found->second) {
      ++summary.unchanged;
      continue;
    }
    if (found != known.end()) ++summary.replaced;
    wanted.push_back(&song);
  }
  return wanted;
}

void LibraryBuilder::hear_all(const std::vector<const SongFile*>& songs, const Hear& hear,
                              const BuildOptions& options, BuildSummary& summary, RunObserver& observer) {
  observer.on_stage_begin("songs", static_cast<int64_t>(songs.size()), "songs");
  std::mutex mutex;
  int64_t done = 0;
  const auto at_once = static_cast<size_t>(options.songs_per_segment);
  for (size_t start = 0; start < songs.size(); start += at_once) {
    const size_t count = std::min(at_once, songs.size() - start);
    std::vector<std::optional<HeardSong>> heard(count);
    std::vector<std::string> reasons(count);
    tbb::parallel_for(size_t{0}, count, [&](size_t i) {
      throw_if_cancelled();
      const SongFile& song = *songs[start + i];
      try {
        heard[i] = hear(song);
        heard[i]->song = {song.id,
                          song.title,
                          fs::absolute(song.path).string(),
                          sha256_of_file(song.path),
                          heard[i]->song.duration_s,
                          0,
                          0};
      } catch (const DataError& e) {
        reasons[i] = e.what();
      }
      const std::lock_guard lock(mutex);
      observer.on_progress(++done, song.id);
    });
    SegmentWriter writer(folder_, new_name(), manifest_.model.dim);
    int64_t added = 0;
    for (size_t i = 0; i < count; ++i) {
      if (heard[i]) {
        writer.add(std::move(*heard[i]));
        ++added;
      } else {
        log_warning("'{}' is left out: {}", songs[start + i]->id, reasons[i]);
        summary.set_aside.push_back({songs[start + i]->id, reasons[i]});
      }
    }
    if (added == 0) continue;
    manifest_.segments.push_back(writer.finish());
    commit(folder_, manifest_);
    summary.added += added;
  }
  observer.on_stage_end(fmt::format("{} heard, {} set aside", summary.added, summary.set_aside.size()));
}

std::string LibraryBuilder::new_name() const {
  return fmt::format("{:06}", manifest_.generation + 1);
}

BuildSummary LibraryBuilder::add(std::span<const SongFile> songs, const Hear& hear,
                                 const BuildOptions& options, RunObserver& observer) {
  BuildSummary summary;
  const Stopwatch hearing;
  hear_all(wanted(songs, summary), hear, options, summary, observer);
  summary.hearing_s = hearing.seconds();
  const Stopwatch indexing;
  index_uncovered(options, observer);
  summary.indexing_s = indexing.seconds();
  finish(summary);
  return summary;
}

void LibraryBuilder::index_uncovered(const BuildOptions& options, RunObserver& observer) {
  const int64_t covered = manifest_.covered_segments();
  if (covered == static_cast<int64_t>(manifest_.segments.size())) return;
  if (manifest_.factory.empty()) train(options);
  write_index(covered, observer);
  std::map<std::string, RemovedSong> last;  // of an id that came again the earlier one is replaced
  for_each_song(folder_, manifest_, [&](const Song& song, const RemovedSong& place) {
    const auto [found, is_new] = last.emplace(song.id, place);
    if (is_new) return;
    manifest_.removed.push_back(found->second);
    found->second = place;
  });
  commit(folder_, manifest_);
  remove_strays();
}

void LibraryBuilder::train(const BuildOptions& options) {
  const int64_t rows = steps_of(manifest_, 0, static_cast<int64_t>(manifest_.segments.size()));
  const std::string factory =
      options.factory == kAutoFactory ? retrieval::factory_for(rows, manifest_.model.dim) : options.factory;
  AnnIndex index(manifest_.model.dim, factory);
  if (!index.is_trained()) {
    const int64_t most = options.most_index_rows > 0 ? options.most_index_rows : index.most_training_rows();
    RandomStream random({options.seed});
    Rows sample;
    for (const SegmentRecord& record : manifest_.segments) {
      const Segment segment(folder_, record, manifest_.model.dim);
      for (size_t i = 0; i < segment.songs().size(); ++i) {
        const retrieval::FixedView sequence = segment.sequence(static_cast<int64_t>(i));
        for (int64_t t = 0; t < sequence.steps; ++t)
          if (rows <= most || random.uniform() * static_cast<double>(rows) < static_cast<double>(most))
            append_rows({sequence.values + t * sequence.dim, 1, sequence.dim}, 0, sample);
      }
    }
    index.train(sample.values);
  }
  manifest_.factory = factory;
  manifest_.trained_name = new_name() + ".trained";
  const fs::path file = folder_ / kIndexesFolder / manifest_.trained_name;
  AtomicFile atomic(file);
  index.write(atomic.temporary());
  atomic.commit();
  manifest_.trained = record_of(file);
}

void LibraryBuilder::write_index(int64_t first_segment, RunObserver& observer) {
  const fs::path trained = folder_ / kIndexesFolder / manifest_.trained_name;
  check_file(trained, manifest_.trained, true);
  AnnIndex index = AnnIndex::read(trained);
  const auto last = static_cast<int64_t>(manifest_.segments.size());
  const int64_t first_row = steps_of(manifest_, 0, first_segment);
  int64_t done = 0;
  observer.on_stage_begin("index", steps_of(manifest_, first_segment, last), "fingerprints");
  Rows block;
  const auto add_block = [&] {
    throw_if_cancelled();
    index.add(block.values, block.numbers);
    block = {};
    observer.on_progress(done, manifest_.factory);
  };
  for (int64_t s = first_segment; s < last; ++s) {
    const Segment segment(folder_, manifest_.segments[static_cast<size_t>(s)], manifest_.model.dim);
    for (size_t i = 0; i < segment.songs().size(); ++i) {
      append_rows(segment.sequence(static_cast<int64_t>(i)), first_row + done, block);
      done += segment.songs()[i].steps;
      if (static_cast<int64_t>(block.numbers.size()) >= kBlockRows) add_block();
    }
  }
  add_block();
  const std::string name = new_name() + ".faiss";
  AtomicFile atomic(folder_ / kIndexesFolder / name);
  index.write(atomic.temporary());
  atomic.commit();
  manifest_.indexes.push_back({.name = name,
                               .first_segment = first_segment,
                               .segments = last - first_segment,
                               .rows = index.size(),
                               .file = record_of(folder_ / kIndexesFolder / name)});
  observer.on_stage_end(fmt::format("{} of {} fingerprints", manifest_.factory, index.size()));
}

BuildSummary LibraryBuilder::remove(std::span<const std::string> ids) {
  std::map<std::string, RemovedSong> known;
  for_each_song(folder_, manifest_,
                [&](const Song& song, const RemovedSong& place) { known[song.id] = place; });
  BuildSummary summary;
  for (const std::string& id : ids) {
    const auto found = known.find(id);
    if (found == known.end())
      throw ConfigError(fmt::format("{}: has no song '{}'; nothing was removed", folder_.string(), id));
    manifest_.removed.push_back(found->second);
    known.erase(found);
    ++summary.removed;
  }
  if (summary.removed > 0) commit(folder_, manifest_);
  finish(summary);
  return summary;
}

BuildSummary LibraryBuilder::rebuild(const BuildOptions& options, RunObserver& observer) {
  const Stopwatch indexing;
  SegmentWriter writer(folder_, new_name(), manifest_.model.dim);
  std::optional<Segment> segment;
  int64_t open = -1;
  for_each_song(folder_, manifest_, [&](const Song& song, const RemovedSong& place) {
    if (place.segment != open)
      segment.emplace(folder_, manifest_.segments[static_cast<size_t>(place.segment)], manifest_.model.dim);
    open = place.segment;
    writer.copy(song, *segment, place.song);
  });
  Manifest before = manifest_;
  manifest_.segments = {writer.finish()};
  manifest_.indexes.clear();
  manifest_.removed.clear();
  manifest_.factory.clear();
  try {
    index_uncovered(options, observer);
  } catch (...) {
    manifest_ = std::move(before);
    throw;
  }
  BuildSummary summary;
  summary.indexing_s = indexing.seconds();
  finish(summary);
  return summary;
}

BuildSummary LibraryBuilder::describe() const {
  BuildSummary summary;
  finish(summary);
  return summary;
}

void LibraryBuilder::remove_strays() const {
  std::set<std::string> kept = {manifest_.trained_name};
  for (const SegmentRecord& segment : manifest_.segments) kept.insert(segment.name);
  for (const AnnRecord& index : manifest_.indexes) kept.insert(index.name);
  for (const char* below : {kSegmentsFolder, kIndexesFolder})
    for (const fs::path& path : list_folder(folder_ / below))
      if (kept.count(path.filename().string()) == 0) fs::remove_all(path);
}

void LibraryBuilder::finish(BuildSummary& summary) const {
  summary.generation = manifest_.generation;
  summary.factory = manifest_.factory;
  for (const SegmentRecord& segment : manifest_.segments) {
    summary.songs += segment.songs;
    summary.fingerprints += segment.steps;
    summary.sequence_bytes += segment.files.at(kSequencesFile).bytes;
    summary.contour_bytes += segment.files.at(kContoursFile).bytes;
  }
  summary.songs -= static_cast<int64_t>(manifest_.removed.size());
  for (const AnnRecord& index : manifest_.indexes) summary.index_bytes += index.file.bytes;
}

}  // namespace melomine::library
