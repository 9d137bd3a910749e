#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "embedding/load_embedder.h"

namespace melomine::experiments {

/// The encoders that an evaluation hears by, each loaded when it is first asked for and kept.
class LoadedEmbedders {
 public:
  /// @param own     of the run; "" where no system hears by it
  /// @param device  as load_identified_embedder has it
  LoadedEmbedders(std::filesystem::path own, std::string device)
      : own_(std::move(own)), device_(std::move(device)) {}

  /// @param checkpoint  "" for the run's own; one that several names lead to is loaded once
  /// @throws as load_identified_embedder
  const embedding::IdentifiedEmbedder& get(const std::string& checkpoint);

 private:
  std::filesystem::path own_;
  std::string device_;
  std::map<std::filesystem::path, embedding::IdentifiedEmbedder> loaded_;  ///< by canonical path
};

}  // namespace melomine::experiments
