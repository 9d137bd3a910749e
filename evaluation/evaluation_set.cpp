#include "evaluation/evaluation_set.h"

#include <fmt/format.h>

#include <fstream>
#include <map>

#include "core/error.h"
#include "dsp/decode.h"
#include "evaluation/query_table.h"
#include "synth/melody_render.h"

namespace melomine::evaluation {
namespace {

namespace fs = std::filesystem;

bool is_midi(const fs::path& path) {
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof magic);
  return std::string_view(magic, sizeof magic) == "MThd";
}

/// Runs `load`; what it throws also says which line asked for it.
template <class Load>
auto naming(const std::string& place, const Load& load) -> decltype(load()) {
  try {
    return load();
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", place, e.what()));
  }
}

EvaluationItem item_of(std::string id, const fs::path& path, const std::string& place) {
  EvaluationItem item{.id = std::move(id), .audio = {}, .notes = {}};
  if (is_midi(path)) {
    item.notes = [path, place] {
      return naming(place, [&] { return dsp::melody_of(dsp::read_midi(path), path.string()); });
    };
    item.audio = [notes = item.notes] { return synth::render_melody(notes()); };
  } else {
    item.audio = [path, place] { return naming(place, [&] { return dsp::load_audio(path); }); };
  }
  return item;
}

std::vector<std::vector<int64_t>> targets_by_reference(const QueryTable& table,
                                                       const std::vector<ReferenceEntry>& references) {
  std::map<std::string, int64_t> index;
  for (size_t r = 0; r < references.size(); ++r) index[references[r].reference_id] = static_cast<int64_t>(r);
  std::vector<std::vector<int64_t>> targets;
  for (const auto& query : table.queries) targets.push_back({index.at(query.reference_id)});
  return targets;
}

std::vector<std::vector<int64_t>> targets_by_group(const QueryTable& table) {
  std::map<std::string, std::vector<int64_t>> members;
  for (size_t q = 0; q < table.queries.size(); ++q)
    members[table.queries[q].group].push_back(static_cast<int64_t>(q));
  std::vector<std::vector<int64_t>> targets;
  for (size_t q = 0; q < table.queries.size(); ++q) {
    targets.push_back(members[table.queries[q].group]);
    std::erase(targets.back(), static_cast<int64_t>(q));
  }
  return targets;
}

}  // namespace

EvaluationSet read_evaluation_set(const fs::path& queries, const std::vector<fs::path>& references) {
  const auto entries = read_references(references);
  const auto match = references.empty() ? MatchQueriesWith::kEachOther : MatchQueriesWith::kReferences;
  const QueryTable table = read_queries(queries, match, entries);
  EvaluationSet set;
  set.name = fs::absolute(queries).parent_path().filename().string();
  set.left_out = table.left_out;
  for (const auto& query : table.queries)
    set.queries.push_back(item_of(query.query, query.path, query.table));
  for (const auto& entry : entries)
    set.references.push_back(item_of(entry.reference_id, entry.path, entry.table));
  set.targets = references.empty() ? targets_by_group(table) : targets_by_reference(table, entries);
  return set;
}

}  // namespace melomine::evaluation
