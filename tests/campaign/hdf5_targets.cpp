#include <stdexcept>

#include "core/error.h"
#include "datasets/audio_shard.h"
#include "datasets/audio_store.h"
#include "datasets/describe_shards.h"
#include "mining/describe_mined_set.h"
#include "mining/mined_set.h"
#include "pitch/activation_store.h"
#include "pitch/track_store.h"
#include "storage/describe_hdf5.h"
#include "tests/campaign/target.h"
#include "tests/mining/mined_sets.h"

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";

std::vector<fs::path> make_shard(const fs::path& folder) {
  const fs::path file = folder / datasets::shard_file_name(0);
  datasets::AudioShardWriter writer(file, 16000);
  for (const char* name : {"a", "b", "c"}) {
    writer.append(std::vector<int16_t>(700, static_cast<int16_t>(*name)));
    datasets::StoredRecording stored;
    stored.recording.recording_id = name;
    stored.recording.song_id = "song";
    stored.recording.title = "A title";
    writer.finish_recording(stored);
  }
  writer.commit();
  return {file};
}

/// As training, the report and `melomine inspect --check` read them.
void read_shard(const fs::path& folder, const fs::path& file) {
  if (datasets::describe_shard_folder().recognises(folder))
    datasets::describe_shard_folder().describe(folder, {.check = true, .rows = true});
  const datasets::AudioStore store(folder);
  for (size_t i = 0; i < store.size(); ++i) {
    if (store.find(store.at(i).recording.recording_id) < 0)
      throw std::logic_error("a recording is not found");
    store.read(i, -100, 1000);
    store.read_all(i);
  }
  datasets::AudioShard(file).damage();
}

std::vector<fs::path> make_mined_set(const fs::path& folder) {
  using namespace mining::testing;
  mining::MinedSet set;
  set.provenance = {.round = 1, .model_sha256 = "m", .config_sha256 = "c"};
  for (const char* name : {"s1", "s2"}) {
    const mining::Song song = song_of(name, 2);
    mining::MinedFragment fragment;
    fragment.interval = {10, 20};
    fragment.matches = {match_at(std::string(name) + "_c1", fragment.interval, 30, 0.8),
                        match_at(std::string(name) + "_c2", fragment.interval, 35, 0.4)};
    mining::append(set, song, mined_song_of(song, {fragment}), {});
  }
  set.set_aside.push_back({"x", "a reason"});
  mining::write_mined_set(folder / mining::kMinedSetFile, set, "inputs");
  return {folder / mining::kMinedSetFile};
}

void read_mined(const fs::path&, const fs::path& file) {
  if (mining::is_mined_set(file)) mining::describe_mined_set().describe(file, {.check = true, .rows = true});
  const mining::MinedSet set = mining::read_mined_set(file);
  mining::mined_set_inputs(file);
  mining::groups_of(set);
  mining::yield_of(set);
}

fs::path keyed(const fs::path& folder) {
  return folder / std::string(kKey).substr(0, 2) / (std::string(kKey) + ".h5");
}

std::vector<fs::path> make_track(const fs::path& folder) {
  dsp::F0Track track;
  track.hop_s = 0.01;
  track.f0_hz.assign(300, 220.0f);
  track.probability.assign(300, 0.9f);
  pitch::TrackStore(folder).save(kKey, track);
  return {keyed(folder)};
}

void read_track(const fs::path& folder, const fs::path&) {
  const auto track = pitch::TrackStore(folder).load(kKey);
  if (track && track->f0_hz.size() != track->probability.size()) throw std::logic_error("lengths differ");
}

std::vector<fs::path> make_activation(const fs::path& folder) {
  pitch::Activation activation;
  activation.values.assign(360 * 20, 7);
  pitch::ActivationStore(folder).save(kKey, activation);
  return {keyed(folder)};
}

void read_activation(const fs::path& folder, const fs::path&) {
  const pitch::ActivationStore store(folder);
  store.has(kKey);
  if (const auto activation = store.load(kKey); activation && activation->values.size() % 360 != 0)
    throw std::logic_error("no whole frames");
  store.load_frames(kKey, 2, 5);
}

void read_any(const fs::path&, const fs::path& file) {
  const Describer describer = storage::describe_hdf5();
  if (!describer.recognises(file)) throw DataError(file.string(), "", "is no HDF5");
  describer.describe(file, {.check = true, .rows = true});
}

}  // namespace

std::vector<Target> hdf5_targets() {
  const std::vector<std::string> words = {
      "\x89HDF\r\n\x1a\n", "OHDR",       "OCHK",          "TREE", "HEAP", "SNOD", "FRHP", "BTHD", "FADB",
      "samples",           "recordings", "schema_version"};
  return {{.family = "hdf5", .name = "shard", .make = make_shard, .read = read_shard, .words = words},
          {.family = "hdf5", .name = "mined_set", .make = make_mined_set, .read = read_mined, .words = words},
          {.family = "hdf5", .name = "track", .make = make_track, .read = read_track, .words = words},
          {.family = "hdf5",
           .name = "activation",
           .make = make_activation,
           .read = read_activation,
           .words = words},
          {.family = "hdf5", .name = "any_hdf5", .make = make_mined_set, .read = read_any, .words = words}};
}

}  // namespace melomine::campaign
