#pragma once

#include <filesystem>
#include <string>

#include "configs/document.h"

namespace melomine::sweeps {

/// An experiment as a sweep sees it.
struct ResolvedExperiment {
  std::string name, runs;
  std::string yaml;  ///< all of it but for name and runs, which have their defaults
  /// The same of what its first encoder, M_0, depends on, all else at its defaults; empty: it has none.
  std::string first_training;
};

/// What a sweep has to know of experiments and their runs.
class Experiments {
 public:
  virtual ~Experiments() = default;
  /// A file with all it extends, the keys that are no experiment's too. @throws ConfigError
  virtual configs::Value load(const std::filesystem::path& file) const = 0;
  /// The experiment that says nothing.
  virtual configs::Value defaults() const = 0;
  /// @throws ConfigError listing all that is wrong, a line each
  virtual ResolvedExperiment resolve(const configs::Value& document) const = 0;
  /// Whether a folder holds a run.
  virtual bool is_run(const std::filesystem::path& folder) const = 0;
  /// Lets a run have the finished M_0 of another, as if it had trained it. @param experiment  the run's YAML
  /// @returns whether it has one now; false where the other's is not finished
  virtual bool share_first_training(const std::filesystem::path& from, const std::filesystem::path& to,
                                    const std::filesystem::path& experiment) const = 0;
};

}  // namespace melomine::sweeps
