#include "experiments/corpus_set.h"

#include "experiments/held_out_hums.h"

namespace melomine::experiments {
namespace {

evaluation::EvaluationItem item_of(const datasets::Corpus& corpus, size_t index) {
  return {
      corpus.store().at(index).recording.recording_id, [&corpus, index] { return corpus.load(index); }, {}};
}

}  // namespace

evaluation::EvaluationSet corpus_set(const datasets::Corpus& corpus, const std::set<std::string>& songs,
                                     const std::set<std::string>& candidates) {
  const HeldOutHums found = held_out_hums(corpus, songs, candidates);
  evaluation::EvaluationSet set;
  for (const auto& query : found.queries) {
    set.queries.push_back(item_of(corpus, query.recording));
    set.relevance.push_back({{query.target}, {}});
    set.songs.push_back(corpus.store().at(query.recording).recording.song_id);
  }
  for (const size_t reference : found.references) set.references.push_back(item_of(corpus, reference));
  return set;
}

}  // namespace melomine::experiments
