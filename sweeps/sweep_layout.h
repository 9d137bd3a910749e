#pragma once

#include <filesystem>
#include <string>

namespace melomine::sweeps {

/// Where everything of a sweep lies. Nothing here is made or need be there.
class SweepLayout {
 public:
  explicit SweepLayout(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path plan() const;  ///< what there is to do; there is a sweep where it is
  std::filesystem::path experiment(const std::string& task) const;  ///< its whole experiment as YAML
  std::filesystem::path runs() const;                               ///< folder of the runs of all tasks
  std::filesystem::path run(const std::string& task) const;
  std::filesystem::path output(const std::string& task) const;  ///< what its attempts printed
  std::filesystem::path state(const std::string& task) const;   ///< how it ended
  std::filesystem::path claims(const std::string& task) const;  ///< folder of the claims on it
  std::filesystem::path workers() const;                        ///< folder of those at work

 private:
  std::filesystem::path folder_;
};

}  // namespace melomine::sweeps
