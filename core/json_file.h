#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/atomic_file.h"
#include "core/json_text.h"

namespace melomine {

/// A record from a file of JSON. Record: has a from_json for nlohmann::ordered_json.
/// @param remedy  what to do where the file is damaged: "remove it and run the same command again"; may be
/// empty
/// @throws DataError where the file cannot be read, is no JSON, or lacks something or has it of another type
template <class Record>
Record read_json_file(const std::filesystem::path& file, std::string_view remedy = {}) {
  try {
    return parse_record(read_file(file)).template get<Record>();
  } catch (const nlohmann::json::exception& e) {
    fail_json(file, e.what(), remedy);
  }
}

}  // namespace melomine
