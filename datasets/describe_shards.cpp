#include "datasets/describe_shards.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "datasets/audio_shard.h"
#include "datasets/ingest_state.h"
#include "storage/hdf5.h"

namespace melomine::datasets {
namespace {

namespace fs = std::filesystem;

Description recording_as_json(const StoredRecording& r, int sample_rate_hz) {
  return {{"recording_id", r.recording.recording_id},
          {"song_id", r.recording.song_id},
          {"kind", to_string(r.recording.kind)},
          {"duration_s", static_cast<double>(r.length_samples) / sample_rate_hz},
          {"title", r.recording.title},
          {"source_sha256", r.source_sha256}};
}

/// The shards of `files` together.
Description inspect_shards(const std::vector<fs::path>& files, const DescribeOptions& options) {
  int64_t recordings = 0;
  double duration_s = 0;
  std::map<std::string, int64_t> kinds, renditions;
  std::vector<std::string> songs;
  Description list = Description::array(), damage = Description::array(), rates = Description::array(),
              tools = Description::array();
  const auto add_new = [](Description& values, const Description& value) {
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  };
  for (const fs::path& file : files) {
    const AudioShard shard(file);
    add_new(rates, shard.sample_rate_hz());
    add_new(tools, shard.tool_version());
    for (const auto& r : shard.recordings()) {
      ++recordings;
      ++kinds[to_string(r.recording.kind)];
      ++renditions[to_string(r.recording.rendition)];
      songs.push_back(r.recording.song_id);
      duration_s += static_cast<double>(r.length_samples) / shard.sample_rate_hz();
      if (options.rows) list.push_back(recording_as_json(r, shard.sample_rate_hz()));
    }
    if (!options.check) continue;
    for (const std::string& line : shard.damage()) damage.push_back(line);
  }
  std::sort(songs.begin(), songs.end());
  Description result = {{"schema_version", kAudioShardVersion},
                        {"tool_version", tools},
                        {"sample_rate_hz", rates},
                        {"songs", std::unique(songs.begin(), songs.end()) - songs.begin()},
                        {"recordings", recordings},
                        {"by_kind", kinds},
                        {"by_rendition", renditions},
                        {"duration_s", duration_s},
                        {"hours", duration_s / 3600}};
  if (options.rows) result["recordings_list"] = list;
  if (options.check) result["damage"] = damage;
  return result;
}

bool is_shard(const fs::path& path) {
  if (!fs::is_regular_file(path) || !storage::hdf5::is_hdf5(path)) return false;
  const auto file = storage::hdf5::File::open(path);
  return file.has_attribute("format") && file.attribute_as_text("format") == kAudioShardFormat;
}

Description inspect_shard(const fs::path& path, const DescribeOptions& options) {
  Description result = {{"what", "audio shard"}};
  result.update(inspect_shards({path}, options));
  return result;
}

bool is_shard_folder(const fs::path& path) {
  return fs::is_directory(path) &&
         (fs::exists(path / kIngestInputsFile) || fs::exists(path / shard_file_name(0)));
}

Description inspect_shard_folder(const fs::path& path, const DescribeOptions& options) {
  const auto files = shard_files(path);
  Description result = {{"what", "folder of audio shards"},
                        {"finished", fs::exists(path / kIngestDoneFile)},
                        {"shards", files.size()}};
  result.update(inspect_shards(files, options));
  return result;
}

}  // namespace

Describer describe_shard_folder() {
  return {is_shard_folder, inspect_shard_folder};
}

Describer describe_shard() {
  return {is_shard, inspect_shard};
}

}  // namespace melomine::datasets
