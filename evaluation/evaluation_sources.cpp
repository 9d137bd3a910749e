#include "evaluation/evaluation_sources.h"

#include <fmt/format.h>

#include <system_error>

#include "core/folder.h"
#include "core/sha256.h"

namespace melomine::evaluation {
namespace {

namespace fs = std::filesystem;

std::string sha256_of_listing(const fs::path& folder) {
  Sha256 hash;
  for (const fs::path& file : list_folder(folder)) {
    if (!fs::is_regular_file(file)) continue;
    std::error_code vanished;
    hash.update(fmt::format("{} {}\n", fs::file_size(file, vanished), file.filename().string()));
  }
  return hash.finish();
}

}  // namespace

SourceFile source_file(const fs::path& path) {
  if (!fs::is_directory(path)) return {path.string(), sha256_of_file(path)};
  const fs::path table = path / kReferencesTable;
  if (fs::exists(table)) return {table.string(), sha256_of_file(table)};
  return {path.string(), sha256_of_listing(path)};
}

}  // namespace melomine::evaluation
