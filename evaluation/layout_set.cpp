#include "evaluation/layout_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/sha256.h"

namespace melomine::evaluation {
namespace {

namespace fs = std::filesystem;

using layouts::Item;

/// What of a list is there.
std::vector<const Item*> present(const std::vector<Item>& items) {
  std::vector<const Item*> there;
  for (const Item& item : items)
    if (item.is_there) there.push_back(&item);
  return there;
}

/// Items as evaluations have them, with the names by which they belong together.
class LayoutSetBuilder {
 public:
  LayoutSetBuilder(const layouts::PublishedSet& published, const LayoutRequest& request)
      : published_(published), request_(request) {
    set_.name = published.checklist.layout;
    set_.availability = published.checklist;
    set_.sources.broken = request.broken;
    set_.shown_metrics = request.shown_metrics;
  }

  EvaluationSet build() {
    if (request_.question == LayoutQuestion::kEachOther) {
      ask_each_other();
    } else {
      add_references();
      if (request_.question == LayoutQuestion::kVersions)
        ask_versions();
      else if (request_.question == LayoutQuestion::kAmongAll)
        ask_among_all();
      else
        ask_queries();
    }
    if (set_.queries.empty()) fail_empty();
    name_sources();
    return std::move(set_);
  }

 private:
  EvaluationItem item_of(const Item& item) const {
    EvaluationItem made = item_of_file(item.id, item.path,
                                       item.place.empty() ? item.path.string() : item.place, request_.broken);
    made.youtube_id = item.youtube_id;
    return made;
  }

  void add_query(const Item& query, retrieval::Relevance relevance) {
    set_.queries.push_back(item_of(query));
    set_.songs.push_back(!query.group.empty()  ? query.group
                         : query.right.empty() ? query.id
                                               : query.right.front());
    set_.relevance.push_back(std::move(relevance));
  }

  void add_references() {
    set_.match_with = MatchQueriesWith::kReferences;
    std::map<std::string, std::string> places;
    for (const Item* reference : present(published_.references)) {
      const auto [first, fresh] = places.emplace(reference->id, reference->place);
      if (!fresh)
        throw DataError(
            fmt::format("{}: '{}' was given before, at {}", reference->place, reference->id, first->second));
      by_group_[reference->group].push_back(static_cast<int64_t>(set_.references.size()));
      by_id_[reference->id] = static_cast<int64_t>(set_.references.size());
      set_.references.push_back(item_of(*reference));
      if (request_.fold) set_.folds.push_back(reference->group.empty() ? reference->id : reference->group);
    }
    if (!request_.further.empty()) add_further();
  }

  /// Candidates that are right for nothing.
  void add_further() {
    ReferenceTable table = read_references(request_.further, {.broken = request_.broken});
    keep_first(table, request_.most_further);
    for (const ReferenceEntry& entry : table.entries) {
      if (by_id_.contains(entry.reference_id))
        throw DataError(fmt::format("{}: '{}' is a reference of {}, too; further references bear other names",
                                    entry.table, entry.reference_id, published_.checklist.layout));
      set_.references.push_back(item_of_file(entry.reference_id, entry.path, entry.table, request_.broken));
      if (request_.fold) set_.folds.push_back(entry.reference_id);
    }
    const auto found = static_cast<int64_t>(table.entries.size());
    set_.availability->parts.push_back(
        {.what = "further references", .expected = std::max(found, request_.most_further), .found = found});
    set_.files_left_out = std::move(table.left_out);
    for (const fs::path& path : request_.further) set_.sources.references.push_back(source_file(path));
  }

  std::vector<int64_t> right_of(const Item& query) const {
    std::set<int64_t> right;
    for (const std::string& id : query.right)
      if (const auto found = by_id_.find(id); found != by_id_.end()) right.insert(found->second);
    if (query.right.empty() && !query.group.empty())
      if (const auto found = by_group_.find(query.group); found != by_group_.end())
        right.insert(found->second.begin(), found->second.end());
    return {right.begin(), right.end()};
  }

  void ask_queries() {
    for (const Item* query : present(published_.queries)) {
      std::vector<int64_t> right = right_of(*query), itself;
      if (const auto found = by_id_.find(query->id); found != by_id_.end()) {
        std::erase(right, found->second);
        itself.push_back(found->second);
      }
      if (right.empty())
        set_.left_out.push_back(query->id);
      else
        add_query(*query, {std::move(right), std::move(itself)});
    }
  }

  void ask_each_other() {
    set_.match_with = MatchQueriesWith::kEachOther;
    std::map<std::string, int64_t> members;
    const std::vector<const Item*> queries = present(published_.queries);
    for (const Item* query : queries) ++members[query->group];
    std::vector<const Item*> asked;
    for (const Item* query : queries) {
      if (query->group.empty() || members[query->group] < 2)
        set_.left_out.push_back(query->id);
      else
        asked.push_back(query);
    }
    ask_among(asked);
  }

  /// Each query among the others.
  void ask_among(const std::vector<const Item*>& asked) {
    std::map<std::string, std::vector<int64_t>> groups;
    for (size_t q = 0; q < asked.size(); ++q) groups[asked[q]->group].push_back(static_cast<int64_t>(q));
    for (size_t q = 0; q < asked.size(); ++q) {
      const auto self = static_cast<int64_t>(q);
      std::vector<int64_t> right = groups[asked[q]->group];
      std::erase(right, self);
      add_query(*asked[q], {std::move(right), {self}});
    }
  }

  /// Queries are candidates, too, behind the references.
  void ask_among_all() {
    const std::vector<const Item*> queries = present(published_.queries);
    for (const Item* query : queries) {
      by_group_[query->group].push_back(static_cast<int64_t>(set_.references.size()));
      by_id_[query->id] = static_cast<int64_t>(set_.references.size());
      set_.references.push_back(item_of(*query));
    }
    for (const Item* query : queries) {
      std::vector<int64_t> right = by_group_[query->group];
      const int64_t self = by_id_.at(query->id);
      std::erase(right, self);
      if (right.empty())
        set_.left_out.push_back(query->id);
      else
        add_query(*query, {std::move(right), {self}});
    }
  }

  void ask_versions() {
    std::map<std::string, int64_t> listed;
    for (const Item& version : published_.references) ++listed[version.group];
    std::vector<const Item*> asked, candidates;
    for (const Item* version : present(published_.references)) {
      const size_t there = by_group_[version->group].size();
      const bool noise = listed[version->group] < 2;
      if (!noise && there < 2) {
        set_.left_out.push_back(version->id);
        continue;
      }
      candidates.push_back(version);
      if (!noise) asked.push_back(version);
    }
    const bool among_themselves = asked.size() == candidates.size() && request_.further.empty();
    if (among_themselves) {  // so that each is heard once
      set_.match_with = MatchQueriesWith::kEachOther;
      set_.references.clear();
      ask_among(asked);
      return;
    }
    drop_lonely();
    for (const Item* version : asked) {
      std::vector<int64_t> right = by_group_[version->group];
      const int64_t self = by_id_.at(version->id);
      std::erase(right, self);
      add_query(*version, {std::move(right), {self}});
    }
  }

  /// Takes the versions that are left out from the candidates.
  void drop_lonely() {
    const std::set<std::string> lonely(set_.left_out.begin(), set_.left_out.end());
    std::erase_if(set_.references, [&](const EvaluationItem& item) { return lonely.contains(item.id); });
    by_id_.clear();
    by_group_.clear();
    for (size_t r = 0; r < set_.references.size(); ++r)
      by_id_[set_.references[r].id] = static_cast<int64_t>(r);
    for (const Item& version : published_.references)
      if (const auto found = by_id_.find(version.id); found != by_id_.end() && version.is_there)
        by_group_[version.group].push_back(found->second);
  }

  [[noreturn]] void fail_empty() const {
    const layouts::Checklist& checklist = *set_.availability;
    throw DataError(
        checklist.root.string(), "",
        fmt::format("of {} no query with something right to find is there: {}{}", checklist.layout,
                    checklist.text(),
                    set_.left_out.empty() ? std::string()
                                          : fmt::format("; {} have nothing right, '{}' the first",
                                                        set_.left_out.size(), set_.left_out.front())));
  }

  /// The set's folder stands for the files of it that were taken, by a line "SIZE ID" each.
  void name_sources() {
    Sha256 hash;
    for (const auto* items : {&published_.queries, &published_.references})
      for (const Item* item : present(*items)) {
        std::error_code vanished;
        hash.update(fmt::format("{} {}\n", fs::file_size(item->path, vanished), item->id));
      }
    set_.sources.queries = {published_.checklist.root.string(), hash.finish()};
    for (const fs::path& list : published_.lists) set_.sources.lists.push_back(source_file(list));
  }

  const layouts::PublishedSet& published_;
  const LayoutRequest& request_;
  EvaluationSet set_;
  std::map<std::string, int64_t> by_id_;                  ///< references
  std::map<std::string, std::vector<int64_t>> by_group_;  ///< references
};

}  // namespace

EvaluationSet set_of_layout(const layouts::PublishedSet& published, const LayoutRequest& request) {
  return LayoutSetBuilder(published, request).build();
}

}  // namespace melomine::evaluation
