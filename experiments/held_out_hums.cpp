#include "experiments/held_out_hums.h"

namespace melomine::experiments {

HeldOutHums held_out_hums(const datasets::Corpus& corpus, const std::set<std::string>& songs,
                          const std::set<std::string>& candidates) {
  HeldOutHums result;
  for (const auto& [id, song] : corpus.songs()) {
    if (!song.original || !candidates.contains(id)) continue;
    const auto target = static_cast<int64_t>(result.references.size());
    result.references.push_back(*song.original);
    if (!songs.contains(id)) continue;
    for (const size_t hum : song.hums) result.queries.push_back({hum, target});
  }
  return result;
}

}  // namespace melomine::experiments
