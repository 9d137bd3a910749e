#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace melomine::experiments {

/// What a stage is made from: its name for the user ("data.groups (hums.csv)") and SHA-256. The name before
/// the brackets is the input's; where it lies does not matter.
using StageInputs = std::map<std::string, std::string>;

inline constexpr const char* kShardsKey = "data.shards";
inline constexpr const char* kInitKey = "train.init";
inline constexpr const char* kVerdictsKey = "verdicts";

/// SHA-256 of what a key of the experiment names: of shards that of what was ingested, of another folder that
/// of all files in it and their names, without macOS's sidecars (core/folder.h), else that of the file.
/// @throws DataError naming file, key and remedy
std::string sha256_of_input(const std::string& key, const std::filesystem::path& path);

/// Adds it as "key (path)".
void add_input(StageInputs& inputs, const std::string& key, const std::filesystem::path& path);

/// The same of a folder by a line "SIZE NAME" for each file in it, whose content is not read; of a file as
/// add_input.
void add_listing(StageInputs& inputs, const std::string& key, const std::filesystem::path& folder);

/// As add_input and write_inputs left it; empty where there is no file. @throws DataError where it is damaged
StageInputs read_inputs(const std::filesystem::path& file);
/// @param writer  as AtomicFile has it
void write_inputs(const std::filesystem::path& file, const StageInputs& inputs, std::string_view writer = {});

/// Names of those that are not among what the stage was begun with, with commas; empty where all are.
std::string changed_inputs(const StageInputs& begun, const StageInputs& now);

/// SHA-256 that was kept for a key; empty where there is none.
std::string sha256_of_key(const StageInputs& inputs, const std::string& key);

}  // namespace melomine::experiments
