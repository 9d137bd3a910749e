#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "configs/document.h"

namespace melomine::configs {

inline constexpr std::string_view kExtendsKey = "extends";

/// Lays `over` upon `base`: maps merge key by key, anything else (lists too) is replaced whole. Where `over`
/// chooses another `type`, what `base` set stays where the new type has such a field and is dropped
/// otherwise.
void merge(Value& base, const Value& over);

/// Changes a document as one file has it, given what the files say that it extends.
using Rewrite = std::function<void(Value& written, const Value& below)>;

/// Reads a file and all it extends (`extends: base.yaml` or a list, relative to the file), depth first: later
/// ones win over earlier ones, the file over all it extends.
/// @throws ConfigError for an unreadable file, a cycle, more than 100 files, and all of parse_document
/// @param rewrite  turns what older versions wrote in a file into the present spelling (configs/older.h)
Value load_document(const std::filesystem::path& path, const Rewrite& rewrite = {});

}  // namespace melomine::configs
