#pragma once

#include <filesystem>
#include <string>

#include "embedding/load_embedder.h"
#include "library/hearing.h"
#include "pitch/f0.h"

namespace melomine::cli {

/// What hears for a library: its encoder, and a tracker for contours.
class LibraryEars {
 public:
  /// @param checkpoint  the library's model.safetensors, or that of a library to come
  /// @param device      cpu | cuda | cuda:N @throws as embedding::load_identified_embedder
  LibraryEars(const std::filesystem::path& checkpoint, const std::string& device);

  library::Ears ears() const { return {*model_.embedder, *tracker_, kContourHop_s}; }
  /// As a library's manifest says it; without the file.
  library::ModelRecord record() const;

  /// Between frames of a library's contours.
  static constexpr double kContourHop_s = 0.1;

 private:
  embedding::IdentifiedEmbedder model_;
  std::unique_ptr<const pitch::F0Tracker> tracker_;
};

}  // namespace melomine::cli
