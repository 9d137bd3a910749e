#include "evaluation/query_split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"

namespace melomine::evaluation {
namespace {

/// [queries] whether each is asked.
std::vector<bool> drawn_queries(const std::map<std::string, std::vector<size_t>>& songs, size_t queries,
                                const QuerySplit& split) {
  std::vector<bool> asked(queries, false);
  for (const auto& [song, members] : songs) {
    const auto count = static_cast<int64_t>(members.size());
    const int64_t share = std::llround(split.share * static_cast<double>(count));
    std::vector<size_t> order = members;
    RandomStream({static_cast<uint64_t>(split.seed), stream_id("query_split"), stream_id(song)})
        .shuffle(order);
    order.resize(static_cast<size_t>(std::clamp<int64_t>(share, 1, count - 1)));
    for (const size_t query : order) asked[query] = true;
  }
  return asked;
}

}  // namespace

EvaluationSet split_queries(EvaluationSet each_other, const QuerySplit& split) {
  std::map<std::string, std::vector<size_t>> songs;
  for (size_t q = 0; q < each_other.queries.size(); ++q) songs[each_other.songs[q]].push_back(q);
  const std::vector<bool> asked = drawn_queries(songs, each_other.queries.size(), split);

  EvaluationSet set = std::move(each_other);
  std::vector<EvaluationItem> items = std::exchange(set.queries, {});
  const std::vector<std::string> song_of = std::exchange(set.songs, {});
  std::map<std::string, std::vector<int64_t>> references_of;
  for (size_t i = 0; i < items.size(); ++i) {
    if (asked[i]) continue;
    references_of[song_of[i]].push_back(static_cast<int64_t>(set.references.size()));
    set.references.push_back(std::move(items[i]));
  }
  set.relevance.clear();
  for (size_t i = 0; i < items.size(); ++i) {
    if (!asked[i]) continue;
    set.relevance.push_back({.targets = references_of.at(song_of[i]), .excluded = {}});
    set.songs.push_back(song_of[i]);
    set.queries.push_back(std::move(items[i]));
  }
  set.match_with = MatchQueriesWith::kReferences;
  set.sources.split = split;
  return set;
}

void bind(configs::Binder& b, QuerySplit& split) {
  b.number("share", split.share, {.min = 0, .max = 1, .open_min = true, .open_max = true},
           "of each group's queries that are asked, at least one; the rest are the references");
  b.integer("split_seed", split.seed, configs::at_least(0), "by which the queries are drawn");
}

}  // namespace melomine::evaluation
