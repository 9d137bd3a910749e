#include "evaluation/evaluation_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/logging.h"
#include "dsp/decode.h"
#include "dsp/midi.h"
#include "evaluation/query_table.h"
#include "synth/melody_render.h"

namespace melomine::evaluation {
namespace {

namespace fs = std::filesystem;

/// Where an item was asked for, and what is said behind the reason why it cannot be had.
struct Source {
  std::string place;
  std::string remedy;
};

Source source_of(const std::string& place, BrokenItems broken) {
  return {place, broken == BrokenItems::kAreErrors ? fmt::format("; {}", kKeepGoingRemedy) : std::string()};
}

/// Runs `load`; what it throws also says which line asked for it.
template <class Load>
auto naming(const Source& source, const Load& load) -> decltype(load()) {
  try {
    return load();
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}{}", source.place, e.what(), source.remedy));
  }
}

/// An item is loaded once for each way to hear it; what was mended is told the first time.
dsp::AudioBuffer load_and_tell(const fs::path& path, std::string& repairs) {
  dsp::LoadedAudio loaded = dsp::load_audio_and_repairs(path);
  if (loaded.repairs.any() && repairs.empty()) {
    repairs = loaded.repairs.text();
    log_warning("{}: {}", path.string(), repairs);
  }
  return std::move(loaded.audio);
}

EvaluationItem item_from(std::string id, const fs::path& path, const Source& source) {
  EvaluationItem item{.id = std::move(id), .audio = {}, .notes = {}};
  if (dsp::is_midi(path)) {
    item.notes = [path, source] {
      return naming(source, [&] { return dsp::melody_of(dsp::read_midi(path), path.string()); });
    };
    item.audio = [notes = item.notes] { return synth::render_melody(notes()); };
  } else {
    const auto repairs = std::make_shared<std::string>();
    item.repairs = repairs;
    item.audio = [path, source, repairs] {
      return naming(source, [&] { return load_and_tell(path, *repairs); });
    };
  }
  return item;
}

/// Right are the query's reference, its further ones, and every reference that says it has that melody, too.
std::vector<retrieval::Relevance> relevance_by_reference(const QueryTable& table,
                                                         const std::vector<ReferenceEntry>& references) {
  std::map<std::string, int64_t> index;
  std::map<std::string, std::vector<int64_t>> with_the_melody_of;
  for (size_t r = 0; r < references.size(); ++r) {
    index[references[r].reference_id] = static_cast<int64_t>(r);
    for (const std::string& id : references[r].also)
      with_the_melody_of[id].push_back(static_cast<int64_t>(r));
  }
  std::vector<retrieval::Relevance> relevance;
  for (const QueryEntry& query : table.queries) {
    std::set<int64_t> targets{index.at(query.reference_id)};
    for (const std::string& id : query.also) targets.insert(index.at(id));
    for (const int64_t r : with_the_melody_of[query.reference_id]) targets.insert(r);
    relevance.push_back({{targets.begin(), targets.end()}, {}});
  }
  return relevance;
}

std::vector<retrieval::Relevance> relevance_by_group(const QueryTable& table) {
  std::map<std::string, std::vector<int64_t>> members;
  for (size_t q = 0; q < table.queries.size(); ++q)
    members[table.queries[q].group].push_back(static_cast<int64_t>(q));
  std::vector<retrieval::Relevance> relevance;
  for (size_t q = 0; q < table.queries.size(); ++q) {
    const auto self = static_cast<int64_t>(q);
    relevance.push_back({members[table.queries[q].group], {self}});
    std::erase(relevance.back().targets, self);
  }
  return relevance;
}

/// What both kinds of sets have from the table of queries, named after its folder.
EvaluationSet set_of(const fs::path& queries, const QueryTable& table, BrokenItems broken) {
  EvaluationSet set;
  set.name = fs::absolute(queries).parent_path().filename().string();
  set.left_out = table.left_out;
  set.sources.queries = source_file(queries);
  set.sources.broken = broken;
  for (const QueryEntry& query : table.queries) {
    set.queries.push_back(item_of_file(query.query, query.path, query.table, broken));
    set.songs.push_back(query.song);
  }
  return set;
}

/// @throws DataError for an imposter that is a reference, too
void refuse_known(const ReferenceTable& imposters, const ReferenceTable& references) {
  std::set<std::string> known;
  for (const ReferenceEntry& entry : references.entries) known.insert(entry.reference_id);
  for (const ReferenceEntry& entry : imposters.entries)
    if (known.contains(entry.reference_id))
      throw DataError(
          fmt::format("{}: imposter '{}' is one of the references, too", entry.table, entry.reference_id));
}

void add_repaired(std::vector<RepairedItem>& repaired, const std::vector<EvaluationItem>& items,
                  ItemRole role) {
  for (const EvaluationItem& item : items)
    if (item.repairs && !item.repairs->empty()) repaired.push_back({role, item.id, *item.repairs});
}

}  // namespace

std::vector<RepairedItem> EvaluationSet::repaired() const {
  std::vector<RepairedItem> all;
  add_repaired(all, references, ItemRole::kReference);
  add_repaired(all, queries, ItemRole::kQuery);
  return all;
}

EvaluationItem item_of_file(std::string id, const fs::path& path, const std::string& place,
                            BrokenItems broken) {
  return item_from(std::move(id), path, source_of(place, broken));
}

void keep_first(ReferenceTable& references, int64_t most) {
  const auto wanted = static_cast<size_t>(most);
  if (most == 0 || references.entries.size() <= wanted) return;
  std::sort(references.entries.begin(), references.entries.end(),
            [](const auto& a, const auto& b) { return a.reference_id < b.reference_id; });
  references.entries.resize(wanted);
}

EvaluationSet read_reference_set(const EvaluationTables& tables) {
  const BrokenItems broken = tables.omissions.broken;
  const ReferenceTable found = read_references(tables.references, tables.omissions);
  ReferenceTable imposters;
  if (!tables.imposters.empty()) imposters = read_references(tables.imposters, {.broken = broken});
  keep_first(imposters, tables.most_imposters);
  refuse_known(imposters, found);
  const QueryTable table =
      read_queries(tables.queries, MatchQueriesWith::kReferences, found.entries, tables.omissions);
  EvaluationSet set = set_of(tables.queries, table, broken);
  set.match_with = MatchQueriesWith::kReferences;
  for (const ReferenceTable* part : std::initializer_list<const ReferenceTable*>{&found, &imposters}) {
    for (const ReferenceEntry& entry : part->entries) {
      set.references.push_back(item_of_file(entry.reference_id, entry.path, entry.table, broken));
      set.references.back().title = entry.title;
    }
    set.files_left_out.insert(set.files_left_out.end(), part->left_out.begin(), part->left_out.end());
  }
  set.relevance = relevance_by_reference(table, found.entries);
  for (const auto* paths : {&tables.references, &tables.imposters})
    for (const fs::path& references : *paths) set.sources.references.push_back(source_file(references));
  set.sources.leave_out = tables.omissions.leave_out;
  return set;
}

EvaluationSet read_each_other_set(const fs::path& queries, BrokenItems broken) {
  const QueryTable table = read_queries(queries, MatchQueriesWith::kEachOther, {}, {.broken = broken});
  EvaluationSet set = set_of(queries, table, broken);
  set.match_with = MatchQueriesWith::kEachOther;
  set.relevance = relevance_by_group(table);
  return set;
}

}  // namespace melomine::evaluation
