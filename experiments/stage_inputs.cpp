#include "experiments/stage_inputs.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/json_file.h"
#include "core/sha256.h"
#include "datasets/ingest_state.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;

std::string key_of(const std::string& name) {
  return name.substr(0, name.find(" ("));
}

std::string sha256_of_folder(const fs::path& folder) {
  Sha256 hash;
  for (const fs::path& file : list_folder_deeply(folder)) {
    std::error_code ignored;  // of a link that leads nowhere
    if (fs::is_regular_file(file, ignored))
      hash.update(fmt::format("{} {}\n", sha256_of_file(file), file.lexically_relative(folder).string()));
  }
  return hash.finish();
}

}  // namespace

std::string sha256_of_input(const std::string& key, const fs::path& path) {
  try {
    if (key == kShardsKey) return sha256_of_file(path / datasets::kIngestDoneFile);
    return fs::is_directory(path) && !key.starts_with("data.") ? sha256_of_folder(path)
                                                               : sha256_of_file(path);
  } catch (const DataError& e) {
    throw DataError(
        fmt::format("{}; put it back or correct {}, then run the same command again", e.what(), key));
  }
}

void add_input(StageInputs& inputs, const std::string& key, const fs::path& path) {
  inputs.emplace(fmt::format("{} ({})", key, path.string()), sha256_of_input(key, path));
}

void add_listing(StageInputs& inputs, const std::string& key, const fs::path& folder) {
  if (!fs::is_directory(folder)) return add_input(inputs, key, folder);
  Sha256 hash;
  for (const fs::path& file : list_folder_deeply(folder)) {
    std::error_code ignored;  // of a link that leads nowhere
    if (fs::is_regular_file(file, ignored))
      hash.update(
          fmt::format("{} {}\n", fs::file_size(file, ignored), file.lexically_relative(folder).string()));
  }
  inputs.emplace(fmt::format("{} ({})", key, folder.string()), hash.finish());
}

StageInputs read_inputs(const fs::path& file) {
  if (!fs::exists(file)) return {};
  return read_json_file<StageInputs>(file);
}

void write_inputs(const fs::path& file, const StageInputs& inputs, std::string_view writer) {
  write_file_atomically(file, json_text(nlohmann::ordered_json(inputs), 2) + "\n", writer);
}

std::string changed_inputs(const StageInputs& begun, const StageInputs& now) {
  std::multiset<std::pair<std::string, std::string>> known;
  for (const auto& [name, sha256] : begun) known.emplace(key_of(name), sha256);
  std::string changed;
  for (const auto& [name, sha256] : now) {
    const auto found = known.find({key_of(name), sha256});
    if (found != known.end())
      known.erase(found);
    else
      changed += (changed.empty() ? "" : ", ") + name;
  }
  return changed;
}

std::string sha256_of_key(const StageInputs& inputs, const std::string& key) {
  for (const auto& [name, sha256] : inputs)
    if (key_of(name) == key) return sha256;
  return {};
}

}  // namespace melomine::experiments
