#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace melomine {

struct DescribeOptions {
  bool check = false;  ///< read everything and verify checksums
  bool rows = false;   ///< list every recording or row
};

/// What a file or folder holds, as JSON of plain values, arrays and objects; "what" is its kind, "damage"
/// lists what is broken.
using Description = nlohmann::ordered_json;

/// One format, as the room that owns it describes it (`melomine inspect`).
struct Describer {
  /// By content, not by name.
  bool (*recognises)(const std::filesystem::path& path);
  Description (*describe)(const std::filesystem::path& path, const DescribeOptions& options);
};

}  // namespace melomine
