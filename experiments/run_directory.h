#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace melomine::experiments {

/// What a stage is made from: its name for the user ("data.groups (hums.csv)") and SHA-256.
using StageInputs = std::map<std::string, std::string>;

/// The folder of one run (runs/NAME, docs/run.md). Everything in it appears whole; a stage is finished when
/// its DONE file, which holds the hash of its inputs, exists.
class RunDirectory {
 public:
  /// Makes the folder, or continues it.
  /// @param resolved_yaml  the whole resolved experiment
  /// @throws ConfigError when the folder belongs to another experiment, naming what changed and the remedy
  RunDirectory(std::filesystem::path path, const std::string& resolved_yaml);

  /// What the constructor refuses, looked for before anything is written. @throws ConfigError
  static void refuse_other(const std::filesystem::path& path, const std::string& resolved_yaml);

  const std::filesystem::path& path() const { return path_; }
  const std::string& config_sha256() const { return config_sha256_; }
  /// round_00/train and the like; made when absent.
  std::filesystem::path stage(int round, const std::string& name) const;

  /// Compares with the inputs.json of a stage that was begun; silent when there is none.
  /// @throws ConfigError naming the inputs that changed since, and the remedy
  static void refuse_changed_inputs(const std::filesystem::path& stage, const StageInputs& inputs);
  /// Writes inputs.json when the stage begins.
  static void keep_inputs(const std::filesystem::path& stage, const StageInputs& inputs);

  /// Whether a stage is finished with these inputs. @throws ConfigError when it is finished with others
  static bool is_done(const std::filesystem::path& stage, const std::string& inputs);
  static void mark_done(const std::filesystem::path& stage, const std::string& inputs);

  /// provenance.json: what made this run. Written once.
  void write_provenance(const std::string& build_description, const std::string& command_line) const;

 private:
  std::filesystem::path path_;
  std::string config_sha256_;
};

/// The lines in which two texts differ, "- old" and "+ new", at most `limit`.
std::string changed_lines(const std::string& before, const std::string& after, size_t limit = 8);

}  // namespace melomine::experiments
