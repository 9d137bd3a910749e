#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/json_text.h"
#include "core/progress.h"
#include "datasets/audio_shard.h"
#include "datasets/ingest_state.h"
#include "experiments/run_layout.h"
#include "mining/mined_set.h"
#include "mining/mining_report.h"
#include "storage/hdf5.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const CommandHelp kHelp = {
    "inspect", "Show what a shard, mined set, feature file, checkpoint, ingested folder or run holds.",
    "FILE|DIR [options]",
    "  melomine inspect shards\n"
    "  melomine inspect shards/shard-00000.h5 --check --recordings\n"
    "  melomine inspect runs/demo/round_01/mine/mined.h5\n"
    "  melomine inspect runs/demo --json\n"
    "The kind of a file is known by its content, not by its name. --check reads all audio and exits\n"
    "with 1 when a checksum does not hold."};

struct Options {
  bool check = false;
  bool recordings = false;
};

/// What is there, as JSON of plain values, arrays and objects; `damage` lists what --check found.
using Inspector = Json (*)(const fs::path& path, const Options& options);

/// One kind of thing: how it is recognised by content, and what is told of it.
struct Kind {
  bool (*recognises)(const fs::path& path);
  Inspector inspect;
};

Json recording_as_json(const datasets::StoredRecording& r, int sample_rate_hz) {
  return {{"recording_id", r.recording.recording_id},
          {"song_id", r.recording.song_id},
          {"kind", to_string(r.recording.kind)},
          {"duration_s", static_cast<double>(r.length_samples) / sample_rate_hz},
          {"title", r.recording.title},
          {"source_sha256", r.source_sha256}};
}

/// The shards of `files` together.
Json inspect_shards(const std::vector<fs::path>& files, const Options& options) {
  int64_t recordings = 0;
  double duration_s = 0;
  std::map<std::string, int64_t> kinds;
  std::vector<std::string> songs;
  Json list = Json::array(), damage = Json::array(), rates = Json::array(), tools = Json::array();
  const auto add_new = [](Json& values, const Json& value) {
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  };
  for (const fs::path& file : files) {
    const datasets::AudioShard shard(file);
    add_new(rates, shard.sample_rate_hz());
    add_new(tools, shard.tool_version());
    for (const auto& r : shard.recordings()) {
      ++recordings;
      ++kinds[to_string(r.recording.kind)];
      songs.push_back(r.recording.song_id);
      duration_s += static_cast<double>(r.length_samples) / shard.sample_rate_hz();
      if (options.recordings) list.push_back(recording_as_json(r, shard.sample_rate_hz()));
    }
    if (!options.check) continue;
    for (const std::string& line : shard.damage()) damage.push_back(line);
  }
  std::sort(songs.begin(), songs.end());
  Json result = {{"schema_version", datasets::kAudioShardVersion},
                 {"tool_version", tools},
                 {"sample_rate_hz", rates},
                 {"songs", std::unique(songs.begin(), songs.end()) - songs.begin()},
                 {"recordings", recordings},
                 {"by_kind", kinds},
                 {"duration_s", duration_s},
                 {"hours", duration_s / 3600}};
  if (options.recordings) result["recordings_list"] = list;
  if (options.check) result["damage"] = damage;
  return result;
}

bool is_shard(const fs::path& path) {
  if (!fs::is_regular_file(path) || !storage::hdf5::is_hdf5(path)) return false;
  const auto file = storage::hdf5::File::open(path);
  return file.has_attribute("format") && file.attribute_as_text("format") == datasets::kAudioShardFormat;
}

Json inspect_shard(const fs::path& path, const Options& options) {
  Json result = {{"what", "audio shard"}};
  result.update(inspect_shards({path}, options));
  return result;
}

bool is_shard_folder(const fs::path& path) {
  return fs::is_directory(path) &&
         (fs::exists(path / datasets::kIngestInputsFile) || fs::exists(path / datasets::shard_file_name(0)));
}

Json inspect_shard_folder(const fs::path& path, const Options& options) {
  const auto files = datasets::shard_files(path);
  Json result = {{"what", "folder of audio shards"},
                 {"finished", fs::exists(path / datasets::kIngestDoneFile)},
                 {"shards", files.size()}};
  result.update(inspect_shards(files, options));
  return result;
}

constexpr size_t kFirstRows = 8;

Json row_as_json(const datasets::FragmentRow& row) {
  return {{"group_id", row.group_id},         {"audio_type", to_string(row.audio_type)},
          {"recording_id", row.recording_id}, {"start_s", row.interval.start_s},
          {"end_s", row.interval.end_s},      {"correlation", row.correlation},
          {"verdict", to_string(row.verdict)}};
}

/// Reading it verifies all its checksums, asked for or not.
Json inspect_mined_set(const fs::path& path, const Options& options) {
  const mining::MinedSet set = mining::read_mined_set(path);
  Json yield = Json::parse(mining::yield_json(mining::yield_of(set)));
  yield.erase("histogram");  // too many numbers to read
  Json rows = Json::array(), set_aside = Json::array();
  for (size_t r = 0; r < (options.recordings ? set.rows.size() : std::min(kFirstRows, set.rows.size())); ++r)
    rows.push_back(row_as_json(set.rows[r]));
  for (const mining::SetAside& recording : set.set_aside)
    set_aside.push_back({{"recording_id", recording.recording_id}, {"reason", recording.reason}});
  Json result = {{"what", "mined set"},
                 {"provenance",
                  {{"tool_version", storage::hdf5::File::open(path).text_attribute("tool_version")},
                   {"round", set.provenance.round},
                   {"model_sha256", set.provenance.model_sha256},
                   {"config_sha256", set.provenance.config_sha256},
                   {"inputs", mining::mined_set_inputs(path)}}},
                 {"yield", yield},
                 {"candidates", set.candidates.size()},
                 {"set_aside", set_aside},
                 {"rows", set.rows.size()},
                 {options.recordings ? "rows_list" : "first_rows", rows}};
  if (options.check) result["damage"] = Json::array();
  return result;
}

bool is_other_hdf5(const fs::path& path) {
  return fs::is_regular_file(path) && storage::hdf5::is_hdf5(path);
}

Json inspect_hdf5(const fs::path& path, const Options& options) {
  const auto file = storage::hdf5::File::open(path);
  Json attributes = Json::object(), arrays = Json::object(), damage = Json::array();
  for (const std::string& name : file.attribute_names()) attributes[name] = file.attribute_as_text(name);
  for (const std::string& name : file.names()) {
    if (!file.is_array(name)) {
      arrays[name] = "(group)";
      continue;
    }
    const auto set = file.open_dataset(name);
    arrays[name] = set.shape();
    try {
      if (options.check && set.is_numeric()) static_cast<void>(set.read_all<double>());
    } catch (const DataError& e) {
      damage.push_back(e.what());
    }
  }
  Json result = {{"what", file.has("features") ? "feature file" : "HDF5 file"},
                 {"attributes", attributes},
                 {"arrays", arrays}};
  if (options.check) result["damage"] = damage;
  return result;
}

constexpr uint64_t kLargestHeader = 100'000'000;  // as safetensors' own reader

bool is_safetensors(const fs::path& path) {
  if (!fs::is_regular_file(path)) return false;
  std::ifstream in(path, std::ios::binary);
  std::array<unsigned char, 9> head{};
  if (!in.read(reinterpret_cast<char*>(head.data()), head.size())) return false;
  uint64_t bytes = 0;
  for (size_t i = 8; i-- > 0;) bytes = bytes << 8 | head[i];
  return head[8] == '{' && bytes >= 2 && bytes <= kLargestHeader && bytes + 8 <= fs::file_size(path);
}

Json inspect_safetensors(const fs::path& path, const Options&) {
  std::ifstream in(path, std::ios::binary);
  uint64_t bytes = 0;
  for (int i = 0; i < 8; ++i) bytes |= static_cast<uint64_t>(in.get()) << (8 * i);
  std::string text(bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(bytes));
  const Json header = Json::parse(text, nullptr, false);
  if (header.is_discarded() || !header.is_object()) throw DataError(path.string(), "header", "is not JSON");
  Json tensors = Json::object();
  int64_t parameters = 0;
  uint64_t data_end = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    int64_t count = 1;
    for (const auto& extent : entry.at("shape")) count *= extent.get<int64_t>();
    parameters += count;
    data_end = std::max(data_end, entry.at("data_offsets").at(1).get<uint64_t>());
    tensors[name] = fmt::format("{} {}", entry.at("dtype").get<std::string>(), json_text(entry.at("shape")));
  }
  Json result = {{"what", "checkpoint (safetensors)"},
                 {"metadata", header.value("__metadata__", Json::object())},
                 {"values", parameters},
                 {"tensors", tensors}};
  const uint64_t wanted = 8 + bytes + data_end, present = fs::file_size(path);
  if (present < wanted)
    result["damage"] = {fmt::format("truncated: {} of {} bytes are there", present, wanted)};
  return result;
}

bool is_run(const fs::path& path) {
  return fs::exists(experiments::RunLayout(path).experiment());
}

Json inspect_run(const fs::path& path, const Options&) {
  using experiments::StageKind;
  const experiments::RunLayout run(path);
  Json stages = Json::object();
  for (const int round : run.rounds())
    for (const StageKind kind : {StageKind::kEvaluate, StageKind::kMine, StageKind::kTrain})
      if (const auto stage = run.stage(round, kind); fs::is_directory(stage))
        stages[stage.lexically_relative(path).string()] =
            fs::exists(run.done(round, kind)) ? "done" : "begun";
  Json result = {{"what", "run"}, {"stages", stages}};
  if (fs::exists(run.provenance()))
    result["provenance"] = Json::parse(read_file(run.provenance()), nullptr, false);
  return result;
}

/// In the order in which they are tried.
constexpr std::array<Kind, 6> kKinds = {{{is_run, inspect_run},
                                         {is_shard_folder, inspect_shard_folder},
                                         {is_shard, inspect_shard},
                                         {mining::is_mined_set, inspect_mined_set},
                                         {is_other_hdf5, inspect_hdf5},
                                         {is_safetensors, inspect_safetensors}}};

void print(const Json& value, const std::string& indent) {
  for (const auto& [key, entry] : value.items()) {
    if (entry.is_object() || (entry.is_array() && !entry.empty() && entry.front().is_object())) {
      fmt::print("{}{}\n", indent, key);
      if (entry.is_object()) print(entry, indent + "  ");
      for (const auto& item : entry.is_array() ? entry : Json::array())
        fmt::print("{}  {}\n", indent, json_text(item));
    } else if (key == "duration_s" || key == "hours") {
      if (key == "duration_s") fmt::print("{}{:<16} {}\n", indent, "duration", format_duration(entry));
    } else {
      fmt::print("{}{:<16} {}\n", indent, key,
                 entry.is_string() ? entry.get<std::string>() : json_text(entry));
    }
  }
}

}  // namespace

int run_inspect(const Arguments& args) {
  std::string path;
  po::options_description options("Options");
  options.add_options()("path", po::value(&path), "file or folder")(
      "check", po::bool_switch(), "read all samples and verify their checksums")(
      "recordings", po::bool_switch(), "list every recording, or row of a mined set")(
      "json", po::bool_switch(), "print JSON");
  const auto values = parse_arguments(kHelp, options, {"path"}, args);
  if (!values) return 0;
  require_options(kHelp, *values, {"path"});
  if (!fs::exists(path)) throw DataError(path, "", "no such file or folder");
  const auto kind =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.recognises(path); });
  if (kind == kKinds.end())
    throw DataError(
        path, "",
        "is neither a shard, a mined set, an HDF5 or safetensors file, an ingested folder nor a run");
  const Json result =
      kind->inspect(path, {(*values)["check"].as<bool>(), (*values)["recordings"].as<bool>()});
  if ((*values)["json"].as<bool>()) {
    fmt::print("{}\n", json_text(result, 2));
  } else {
    print(result, "");
  }
  return result.contains("damage") && !result["damage"].empty() ? 1 : 0;
}

}  // namespace melomine::cli
