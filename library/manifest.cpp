#include "library/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/json_text.h"
#include "core/sha256.h"

namespace melomine::library {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kVersion = 1;

Json json_of(const FileRecord& file) {
  return {{"bytes", file.bytes}, {"sha256", file.sha256}};
}

FileRecord file_record(const Json& json) {
  return {json.at("bytes").get<int64_t>(), json.at("sha256").get<std::string>()};
}

Json json_of(const SegmentRecord& segment) {
  Json files = Json::object();
  for (const auto& [name, file] : segment.files) files[name] = json_of(file);
  return {{"name", segment.name},
          {"songs", segment.songs},
          {"steps", segment.steps},
          {"frames", segment.frames},
          {"files", files}};
}

SegmentRecord segment_record(const Json& json) {
  SegmentRecord segment{.name = json.at("name").get<std::string>(),
                        .songs = json.at("songs").get<int64_t>(),
                        .steps = json.at("steps").get<int64_t>(),
                        .frames = json.at("frames").get<int64_t>(),
                        .files = {}};
  for (const auto& [name, file] : json.at("files").items()) segment.files[name] = file_record(file);
  return segment;
}

Json json_of(const ModelRecord& model) {
  return {{"file", json_of(model.file)}, {"step", model.step},         {"dim", model.dim},
          {"hop_s", model.hop_s},        {"window_s", model.window_s}, {"sung_time", model.sung_time}};
}

ModelRecord model_record(const Json& json) {
  return {.file = file_record(json.at("file")),
          .step = json.at("step").get<int64_t>(),
          .dim = json.at("dim").get<int64_t>(),
          .hop_s = json.at("hop_s").get<double>(),
          .window_s = json.at("window_s").get<double>(),
          .sung_time = json.at("sung_time").get<bool>()};
}

}  // namespace

FileRecord record_of(const fs::path& file) {
  std::error_code error;
  const auto bytes = fs::file_size(file, error);
  if (error) throw DataError(file.string(), "", fmt::format("cannot be read: {}", error.message()));
  return {static_cast<int64_t>(bytes), sha256_of_file(file)};
}

int64_t Manifest::covered_segments() const {
  return indexes.empty() ? 0 : indexes.back().first_segment + indexes.back().segments;
}

void to_json(Json& json, const Manifest& manifest) {
  json = {{"version", kVersion},
          {"generation", manifest.generation},
          {"model", json_of(manifest.model)},
          {"contour_hop_s", manifest.contour_hop_s},
          {"factory", manifest.factory},
          {"trained_name", manifest.trained_name},
          {"trained", json_of(manifest.trained)},
          {"segments", Json::array()},
          {"indexes", Json::array()},
          {"removed", Json::array()}};
  for (const SegmentRecord& segment : manifest.segments) json["segments"].push_back(json_of(segment));
  for (const AnnRecord& index : manifest.indexes)
    json["indexes"].push_back({{"name", index.name},
                               {"first_segment", index.first_segment},
                               {"segments", index.segments},
                               {"rows", index.rows},
                               {"file", json_of(index.file)}});
  for (const RemovedSong& song : manifest.removed)
    json["removed"].push_back({{"segment", song.segment}, {"song", song.song}});
}

void from_json(const Json& json, Manifest& manifest) {
  json.at("generation").get_to(manifest.generation);
  manifest.model = model_record(json.at("model"));
  json.at("contour_hop_s").get_to(manifest.contour_hop_s);
  json.at("factory").get_to(manifest.factory);
  json.at("trained_name").get_to(manifest.trained_name);
  manifest.trained = file_record(json.at("trained"));
  for (const Json& segment : json.at("segments")) manifest.segments.push_back(segment_record(segment));
  for (const Json& index : json.at("indexes"))
    manifest.indexes.push_back({.name = index.at("name").get<std::string>(),
                                .first_segment = index.at("first_segment").get<int64_t>(),
                                .segments = index.at("segments").get<int64_t>(),
                                .rows = index.at("rows").get<int64_t>(),
                                .file = file_record(index.at("file"))});
  for (const Json& song : json.at("removed"))
    manifest.removed.push_back({song.at("segment").get<int64_t>(), song.at("song").get<int64_t>()});
}

namespace {

/// What a manifest says wrong; "" where all of it can be.
std::string fault_of(const Manifest& manifest) {
  constexpr int64_t kMost = int64_t{1} << 40, kMostNumbers = 1 << 20;
  const auto is_count = [](int64_t n) { return n >= 0 && n <= kMost; };
  if (manifest.model.dim < 1 || manifest.model.dim > kMostNumbers) return "model.dim is no number of numbers";
  if (!(manifest.contour_hop_s > 0 && manifest.model.hop_s > 0)) return "a hop is not above 0";
  if (!manifest.factory.empty() && !is_plain_name(manifest.trained_name))
    return "trained_name is no name of a file";
  for (const SegmentRecord& segment : manifest.segments) {
    if (!is_plain_name(segment.name)) return "a segment's name is no name of a folder";
    if (!is_count(segment.songs) || !is_count(segment.steps) || !is_count(segment.frames))
      return fmt::format("counts of segment {} cannot be", segment.name);
    for (const char* name : {kSongsFile, kSequencesFile, kContoursFile})
      if (!segment.files.contains(name)) return fmt::format("segment {} has no {}", segment.name, name);
    for (const auto& [name, file] : segment.files)
      if (!is_plain_name(name)) return fmt::format("segment {} has a file without a name", segment.name);
  }
  int64_t covered = 0;
  for (const AnnRecord& index : manifest.indexes) {
    if (!is_plain_name(index.name)) return "an index's name is no name of a file";
    if (index.first_segment != covered || index.segments < 0 ||
        index.segments > static_cast<int64_t>(manifest.segments.size()) - covered)
      return fmt::format("index {} is of segments that are not there", index.name);
    covered += index.segments;
  }
  for (const RemovedSong& removed : manifest.removed)
    if (removed.segment < 0 || removed.segment >= static_cast<int64_t>(manifest.segments.size()) ||
        removed.song < 0 || removed.song >= manifest.segments[static_cast<size_t>(removed.segment)].songs)
      return "a removed song is none of its songs";
  return "";
}

}  // namespace

Manifest read_manifest(const fs::path& library) {
  const fs::path file = library / kManifestFile;
  if (!fs::exists(file))
    throw DataError(library.string(), "",
                    fmt::format("is no library: it has no {} (`melomine index --help`)", kManifestFile));
  try {
    const Json json = parse_record(read_file(file));
    const int version = json.at("version").get<int>();
    if (version != kVersion)
      throw DataError(
          file.string(), "version",
          fmt::format("is {}, this melomine reads {}: make the library again", version, kVersion));
    Manifest manifest = json.get<Manifest>();
    if (const std::string fault = fault_of(manifest); !fault.empty()) fail_json(file, fault);
    return manifest;
  } catch (const nlohmann::json::exception& e) {
    fail_json(file, e.what());
  }
}

void commit(const fs::path& library, Manifest& manifest) {
  ++manifest.generation;
  write_file_atomically(library / kManifestFile, json_text(Json(manifest), 1) + "\n");
}

}  // namespace melomine::library
