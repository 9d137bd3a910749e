#include "regeneration/source_journal.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"

namespace melomine::regeneration {
namespace {

std::string line_of(const SourceFate& fate) {
  const nlohmann::ordered_json json = {{"id", fate.id},
                                       {"path", fate.path},
                                       {"bytes", fate.bytes},
                                       {"modified_ns", fate.modified_ns},
                                       {"duration_s", fate.duration_s},
                                       {"reason", fate.reason},
                                       {"short", fate.short_ids}};
  return json_text(json) + "\n";
}

SourceFate fate_of(const nlohmann::ordered_json& json) {
  return {.id = json.at("id"),
          .path = json.at("path"),
          .bytes = json.at("bytes"),
          .modified_ns = json.at("modified_ns"),
          .duration_s = json.at("duration_s"),
          .reason = json.at("reason"),
          .short_ids = json.at("short")};
}

}  // namespace

SourceJournal::SourceJournal(const std::filesystem::path& path) : lines_(path, LineLog::Torn::kEnded) {
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    const auto json = json_if_valid(line);
    if (!json || !json->is_object() || lines.eof()) continue;  // torn
    try {
      SourceFate fate = fate_of(parse_record(line));
      fates_.insert_or_assign(fate.id, std::move(fate));
    } catch (const nlohmann::json::exception&) {
      throw DataError(path.string(), "",
                      "holds lines that are none of a regeneration: remove the file, or name another folder");
    }
  }
}

const SourceFate* SourceJournal::find(const std::string& id) const {
  const auto found = fates_.find(id);
  return found == fates_.end() ? nullptr : &found->second;
}

void SourceJournal::append(SourceFate fate) {
  lines_.append(line_of(fate));
  const std::lock_guard lock(mutex_);
  fates_.insert_or_assign(fate.id, std::move(fate));
}

}  // namespace melomine::regeneration
