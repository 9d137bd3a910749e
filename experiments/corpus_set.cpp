#include "experiments/corpus_set.h"

namespace melomine::experiments {
namespace {

evaluation::EvaluationItem item_of(const datasets::Corpus& corpus, size_t index) {
  return {
      corpus.store().at(index).recording.recording_id, [&corpus, index] { return corpus.load(index); }, {}};
}

/// Whether of any of the songs there is a hum that somebody hummed.
bool any_hummed(const datasets::Corpus& corpus, const std::set<std::string>& songs) {
  for (const auto& [id, song] : corpus.songs()) {
    if (!songs.contains(id)) continue;
    for (const size_t hum : song.hums)
      if (!corpus.store().at(hum).recording.is_generated()) return true;
  }
  return false;
}

}  // namespace

evaluation::EvaluationSet corpus_set(const datasets::Corpus& corpus, const std::set<std::string>& songs,
                                     const std::set<std::string>& candidates) {
  const bool generated = !any_hummed(corpus, songs);
  evaluation::EvaluationSet set;
  for (const auto& [id, song] : corpus.songs()) {
    if (!song.original || !candidates.contains(id)) continue;
    const auto target = static_cast<int64_t>(set.references.size());
    set.references.push_back(item_of(corpus, *song.original));
    if (!songs.contains(id)) continue;
    for (const size_t hum : song.hums) {
      if (corpus.store().at(hum).recording.is_generated() && !generated) continue;
      set.queries.push_back(item_of(corpus, hum));
      set.relevance.push_back({{target}, {}});
      set.songs.push_back(corpus.store().at(hum).recording.song_id);
    }
  }
  return set;
}

}  // namespace melomine::experiments
