#include "experiments/corpus_set.h"

namespace melomine::experiments {
namespace {

evaluation::EvaluationItem item_of(const datasets::Corpus& corpus, size_t index) {
  return {
      corpus.store().at(index).recording.recording_id, [&corpus, index] { return corpus.load(index); }, {}};
}

}  // namespace

evaluation::EvaluationSet corpus_set(const datasets::Corpus& corpus, const std::set<std::string>& songs,
                                     const std::set<std::string>& candidates) {
  evaluation::EvaluationSet set;
  for (const auto& [id, song] : corpus.songs()) {
    if (!song.original || !candidates.contains(id)) continue;
    const auto target = static_cast<int64_t>(set.references.size());
    set.references.push_back(item_of(corpus, *song.original));
    if (!songs.contains(id)) continue;
    for (const size_t hum : song.hums) {
      set.queries.push_back(item_of(corpus, hum));
      set.relevance.push_back({{target}, {}});
      set.songs.push_back(corpus.store().at(hum).recording.song_id);
    }
  }
  return set;
}

}  // namespace melomine::experiments
