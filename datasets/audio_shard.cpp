#include "datasets/audio_shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/sha256.h"
#include "core/version.h"
#include "storage/chunk_reader.h"
#include "storage/hdf5.h"
#include "storage/hdf5_table.h"

namespace melomine::datasets {
namespace {

// Of what HDF5 reads itself; a folder has many shards open.
constexpr int64_t kReadCacheBytes = kShardChunkSamples * static_cast<int64_t>(sizeof(int16_t));

storage::hdf5::Dataset create_samples(storage::hdf5::File& file) {
  storage::hdf5::Layout layout;
  layout.shape = {0};
  layout.chunk = {static_cast<hsize_t>(kShardChunkSamples)};
  layout.checksum = true;
  layout.extendible = true;
  return file.create_dataset<int16_t>("samples", layout);
}

}  // namespace

std::string shard_file_name(int64_t index) {
  return fmt::format("shard-{:05}.h5", index);
}

std::vector<std::filesystem::path> shard_files(const std::filesystem::path& folder) {
  int64_t on_disk = 0;
  for (const auto& path : list_folder(folder)) {
    const std::string name = path.filename().string();
    on_disk += name.starts_with("shard-") && name.ends_with(".h5") ? 1 : 0;
  }
  std::vector<std::filesystem::path> files;
  for (int64_t i = 0; i < on_disk; ++i) {
    files.push_back(folder / shard_file_name(i));
    if (!std::filesystem::exists(files.back()))
      throw DataError(folder.string(), shard_file_name(i), fmt::format("is missing, of {} shards", on_disk));
  }
  return files;
}

struct AudioShardWriter::State {
  AtomicFile atomic;
  storage::hdf5::File file;
  std::optional<storage::hdf5::Dataset> samples;
  std::vector<int16_t> pending;  // less than a chunk
  int64_t total = 0, recording_start = 0;
  std::optional<Sha256> recording_hash{std::in_place};
  std::vector<StoredRecording> recordings;
  std::vector<int64_t> offsets;
  int sample_rate_hz;

  State(const std::filesystem::path& path, int rate)
      : atomic(path), file(storage::hdf5::File::create(atomic.temporary())), sample_rate_hz(rate) {
    samples = create_samples(file);
  }
};

AudioShardWriter::AudioShardWriter(const std::filesystem::path& path, int sample_rate_hz)
    : state_(std::make_unique<State>(path, sample_rate_hz)) {}
AudioShardWriter::~AudioShardWriter() = default;
AudioShardWriter::AudioShardWriter(AudioShardWriter&&) noexcept = default;

void AudioShardWriter::append(std::span<const int16_t> samples) {
  State& s = *state_;
  s.recording_hash->update(samples.data(), samples.size_bytes());
  s.total += static_cast<int64_t>(samples.size());
  // Whole chunks only, so that the file does not depend on the pieces in which samples come.
  while (!samples.empty()) {
    const size_t room = static_cast<size_t>(kShardChunkSamples) - s.pending.size();
    const size_t count = std::min(room, samples.size());
    s.pending.insert(s.pending.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (s.pending.size() < static_cast<size_t>(kShardChunkSamples)) continue;
    s.samples->append<int16_t>(s.pending);
    s.pending.clear();
  }
}

void AudioShardWriter::finish_recording(StoredRecording stored) {
  State& s = *state_;
  stored.length_samples = s.total - s.recording_start;
  stored.samples_sha256 = s.recording_hash->finish();
  s.recording_hash.emplace();
  s.offsets.push_back(s.recording_start);
  s.recordings.push_back(std::move(stored));
  s.recording_start = s.total;
}

int64_t AudioShardWriter::samples() const {
  return state_->total;
}

size_t AudioShardWriter::recordings() const {
  return state_->recordings.size();
}

void AudioShardWriter::commit() {
  State& s = *state_;
  s.samples->append<int16_t>(s.pending);
  s.pending.clear();
  std::vector<int64_t> lengths;
  std::vector<std::string> ids, songs, kinds, paths, titles, artists, videos, sources, contents, renditions;
  for (const StoredRecording& r : s.recordings) {
    lengths.push_back(r.length_samples);
    ids.push_back(r.recording.recording_id);
    songs.push_back(r.recording.song_id);
    kinds.push_back(to_string(r.recording.kind));
    paths.push_back(r.recording.path);
    titles.push_back(r.recording.title);
    artists.push_back(r.recording.artist);
    videos.push_back(r.recording.youtube_id);
    renditions.push_back(to_string(r.recording.rendition));
    sources.push_back(r.source_sha256);
    contents.push_back(r.samples_sha256);
  }
  storage::hdf5::write_table(s.file, "recordings",
                             {{"recording_id", std::move(ids)},
                              {"song_id", std::move(songs)},
                              {"kind", std::move(kinds)},
                              {"offset", s.offsets},
                              {"length", std::move(lengths)},
                              {"source_sha256", std::move(sources)},
                              {"samples_sha256", std::move(contents)},
                              {"path", std::move(paths)},
                              {"title", std::move(titles)},
                              {"artist", std::move(artists)},
                              {"youtube_id", std::move(videos)},
                              {"rendition", std::move(renditions)}});
  s.file.set_attribute("format", kAudioShardFormat);
  s.file.set_attribute("schema_version", kAudioShardVersion);
  s.file.set_attribute("sample_rate_hz", static_cast<int64_t>(s.sample_rate_hz));
  s.file.set_attribute("tool_version", tool_version());
  s.file.flush();
  {
    const storage::hdf5::Lock lock;
    s.samples.reset();
    const storage::hdf5::File closed = std::move(s.file);
  }
  s.atomic.commit();
}

struct AudioShard::State {
  using Samples = storage::hdf5::ChunkReader;
  std::filesystem::path path;
  std::mutex mutex;                       ///< of what follows
  std::shared_ptr<const Samples> opened;  ///< none: the file is closed
  std::string tool_version;
  int sample_rate_hz = 0;
  std::vector<StoredRecording> recordings;
  std::vector<int64_t> offsets;

  std::shared_ptr<const Samples> open() {
    const std::lock_guard guard(mutex);
    if (!opened) {
      auto file = storage::hdf5::File::open(path);
      check_format(file);
      auto samples = file.open_dataset("samples", kReadCacheBytes);
      opened = std::make_shared<const Samples>(std::move(file), std::move(samples));
    }
    return opened;
  }

  static void check_format(const storage::hdf5::File& file) {
    if (!file.has_attribute("format") || file.text_attribute("format") != kAudioShardFormat)
      throw DataError(file.path(), "", "is not an audio shard");
    const int64_t version = file.integer_attribute("schema_version");
    if (version != kAudioShardVersion)
      throw DataError(file.path(), "attribute schema_version",
                      fmt::format("is {}, this melomine reads {}", version, kAudioShardVersion));
  }
};

AudioShard::AudioShard(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.path = path;
  const auto samples = s.open();
  const storage::hdf5::File& file = samples->file();
  s.sample_rate_hz = static_cast<int>(file.integer_attribute("sample_rate_hz"));
  s.tool_version = file.text_attribute("tool_version");
  const auto table = storage::hdf5::Table::read(file, "recordings");
  s.offsets = table.integers("offset");
  const auto& lengths = table.integers("length");
  const auto text = [&table](const char* column, size_t row) { return table.texts(column)[row]; };
  const bool has_renditions = table.has("rendition");  // shards written before there were any have none
  const auto total = static_cast<int64_t>(samples->size());
  for (size_t row = 0; row < table.size(); ++row) {
    StoredRecording r;
    r.recording = {text("recording_id", row), text("song_id", row), recording_kind(text("kind", row)),
                   text("path", row),         text("title", row),   text("artist", row),
                   text("youtube_id", row)};
    if (has_renditions) r.recording.rendition = rendition(text("rendition", row));
    r.length_samples = lengths[row];
    r.source_sha256 = text("source_sha256", row);
    r.samples_sha256 = text("samples_sha256", row);
    if (s.offsets[row] < 0 || lengths[row] < 0 || s.offsets[row] > total - lengths[row])
      throw DataError(path.string(), "recording " + r.recording.recording_id, "lies outside of the samples");
    s.recordings.push_back(std::move(r));
  }
}
AudioShard::~AudioShard() = default;
AudioShard::AudioShard(AudioShard&&) noexcept = default;

int AudioShard::sample_rate_hz() const {
  return state_->sample_rate_hz;
}
const std::string& AudioShard::tool_version() const {
  return state_->tool_version;
}
const std::vector<StoredRecording>& AudioShard::recordings() const {
  return state_->recordings;
}

void AudioShard::read(size_t index, int64_t start, std::span<int16_t> out) const {
  const StoredRecording& r = state_->recordings.at(index);
  const std::string object = "recording " + r.recording.recording_id;
  if (start < 0 || start + static_cast<int64_t>(out.size()) > r.length_samples)
    throw DataError(state_->path.string(), object,
                    fmt::format("has no samples [{}, {})", start, start + static_cast<int64_t>(out.size())));
  try {
    state_->open()->read(static_cast<hsize_t>(state_->offsets[index] + start), out);
  } catch (const DataError& e) {
    throw DataError(
        fmt::format("{} ({}); put the file back, or remove its folder and ingest again", e.what(), object));
  }
}

void AudioShard::close() const {
  const std::lock_guard guard(state_->mutex);
  state_->opened.reset();
}

std::vector<std::string> AudioShard::damage() const {
  std::vector<std::string> damaged;
  std::vector<int16_t> piece(static_cast<size_t>(kShardChunkSamples));
  for (size_t i = 0; i < state_->recordings.size(); ++i) {
    const StoredRecording& r = state_->recordings[i];
    try {
      Sha256 hash;
      for (int64_t start = 0; start < r.length_samples; start += kShardChunkSamples) {
        const auto count = static_cast<size_t>(std::min(kShardChunkSamples, r.length_samples - start));
        read(i, start, std::span(piece).first(count));
        hash.update(piece.data(), count * sizeof(int16_t));
      }
      if (hash.finish() != r.samples_sha256)
        damaged.push_back(r.recording.recording_id + ": its samples do not match their SHA-256");
    } catch (const DataError& e) {
      damaged.push_back(r.recording.recording_id + ": " + e.what());
    }
  }
  return damaged;
}

}  // namespace melomine::datasets
