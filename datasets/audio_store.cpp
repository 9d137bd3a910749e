#include "datasets/audio_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"
#include "datasets/audio_reader.h"
#include "datasets/audio_shard.h"

namespace melomine::datasets {
namespace {

/// Of one folder: file handles are few (1,024 of a process by default), and each open file keeps a cache.
constexpr size_t kOpenShards = 256;

}  // namespace

struct AudioStore::State {
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::vector<AudioShard> shards;
  std::vector<std::pair<size_t, size_t>> places;  // of each recording: shard, index in the shard
  std::unordered_map<std::string, int64_t, TextHash, std::equal_to<>> index_of;
  size_t stored_rows = 0;

  /// The files of few shards are open at once: those that were read from last, beside those being read.
  void note_use(size_t shard) {
    const std::lock_guard guard(mutex);
    if (!open.empty() && open.front() == shard) return;
    std::erase(open, shard);
    open.push_front(shard);
    if (open.size() > kOpenShards) {
      shards[open.back()].close();
      open.pop_back();
    }
  }
  std::mutex mutex;         ///< of what follows
  std::deque<size_t> open;  ///< shards, the last one read from first

  const StoredRecording& at(size_t index) const {
    const auto [shard, row] = places.at(index);
    return shards[shard].recordings()[row];
  }
};

AudioStore::AudioStore(const std::filesystem::path& folder, Rendition rendition)
    : state_(std::make_unique<State>()) {
  const auto files = shard_files(folder);
  if (files.empty())
    throw DataError(folder.string(), "", "holds no audio shards (melomine ingest writes them)");
  std::unordered_set<std::string> keys;
  for (const auto& file : files) {
    AudioShard& shard = state_->shards.emplace_back(file);
    shard.close();
    if (shard.sample_rate_hz() != sample_rate_hz())
      throw DataError(file.string(), "",
                      fmt::format("is sampled at {} Hz, the shards before it at {} Hz",
                                  shard.sample_rate_hz(), sample_rate_hz()));
    for (size_t row = 0; row < shard.recordings().size(); ++row) {
      const Recording& recording = shard.recordings()[row].recording;
      if (!keys.insert(recording.key()).second)
        throw DataError(file.string(), "recording " + recording.recording_id, "is in the folder twice");
      const std::pair place(state_->shards.size() - 1, row);
      const auto [known, is_new] =
          state_->index_of.emplace(recording.recording_id, static_cast<int64_t>(state_->places.size()));
      if (is_new)
        state_->places.push_back(place);
      else if (recording.rendition == rendition)
        state_->places[static_cast<size_t>(known->second)] = place;
    }
    state_->stored_rows += shard.recordings().size();
  }
}
AudioStore::~AudioStore() = default;
AudioStore::AudioStore(AudioStore&&) noexcept = default;

int AudioStore::sample_rate_hz() const {
  return state_->shards.front().sample_rate_hz();
}
size_t AudioStore::size() const {
  return state_->places.size();
}
size_t AudioStore::stored_rows() const {
  return state_->stored_rows;
}
const StoredRecording& AudioStore::at(size_t index) const {
  return state_->at(index);
}

int64_t AudioStore::find(std::string_view recording_id) const {
  const auto found = state_->index_of.find(recording_id);
  return found == state_->index_of.end() ? -1 : found->second;
}

void AudioStore::read(size_t index, int64_t start, std::span<int16_t> out) const {
  const auto [shard, row] = state_->places.at(index);
  const int64_t length = at(index).length_samples, end = start + static_cast<int64_t>(out.size());
  const int64_t first = std::clamp<int64_t>(start, 0, length);
  const int64_t last = std::clamp<int64_t>(end, first, length);
  const auto before = static_cast<size_t>(first < last ? first - start : 0);
  const auto inside = out.subspan(before, static_cast<size_t>(last - first));
  std::ranges::fill(out.first(before), int16_t{0});
  std::ranges::fill(out.subspan(before + inside.size()), int16_t{0});
  state_->note_use(shard);
  state_->shards[shard].read(row, first, inside);
}

std::vector<float> AudioStore::read(size_t index, int64_t start, int64_t count) const {
  if (count < 0) throw ShapeError(fmt::format("[audio_store] count must be >= 0, got {}", count));
  std::vector<int16_t> stored(static_cast<size_t>(count));
  read(index, start, stored);
  return to_float(stored);
}

std::vector<float> AudioStore::read_all(size_t index) const {
  return read(index, 0, at(index).length_samples);
}

}  // namespace melomine::datasets
