#include "evaluation/hum_search.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "evaluation/listener.h"

namespace melomine::evaluation {
namespace {

using retrieval::Centring;
using retrieval::FingerprintSequence;
using retrieval::Hit;
using retrieval::Normalisation;
using retrieval::Ranking;

/// One set, searched by one model.
class HumSearch {
 public:
  HumSearch(const EvaluationSet& set, const retrieval::Embedder& model, const HumSearchConfig& config,
            RunObserver& observer, FingerprintSample* sample)
      : set_(set),
        config_(config),
        observer_(observer),
        sample_(sample),
        listener_(make_listener(
            set, model, {.trim_queries_db = config.trim_queries_db, .voice = config.voice}, observer)),
        index_(config.index->make(config.similarity)) {}

  std::vector<Ranking> run() {
    const bool among_queries = set_.match_with == MatchQueriesWith::kEachOther;
    const auto candidates = among_queries ? listener_->queries(1.0) : listener_->references();
    if (config_.center == Centring::kCollection) mean_ = retrieval::mean_fingerprint(candidates);
    if (sample_ != nullptr) sample_->choose(set_);
    for (size_t c = 0; c < candidates.size(); ++c) {
      FingerprintSequence z = centred(candidates[c]);
      if (sample_ != nullptr && !among_queries) sample_->take(ItemRole::kReference, c, z);
      index_->add(std::move(z));
    }
    best_.assign(set_.queries.size(), std::vector<Hit>(candidates.size(), Hit{.reference = kNotFound}));
    for (const double ratio : config_.query_tempo_ratios) {
      const bool known = among_queries && ratio == 1.0;
      search(known ? candidates : listener_->queries(ratio));
    }
    std::vector<Ranking> rankings = ranked();
    if (config_.normalise == Normalisation::kZ) normalise_references(rankings);
    return rankings;
  }

 private:
  static constexpr int64_t kNotFound = -1;

  FingerprintSequence centred(FingerprintSequence z) const {
    if (config_.center == Centring::kRecording) retrieval::subtract_own_mean(z);
    if (config_.center == Centring::kCollection) retrieval::subtract_mean(z, mean_);
    return z;
  }

  /// Searches the queries at one tempo, and keeps what is better than at those before.
  void search(std::vector<FingerprintSequence> queries) {
    for (size_t q = 0; q < queries.size(); ++q) {
      queries[q] = centred(std::move(queries[q]));
      if (sample_ != nullptr) sample_->take(ItemRole::kQuery, q, queries[q]);
    }
    sample_ = nullptr;  // one tempo shows enough
    std::vector<Ranking> found = index_->search(queries, index_->size(), {});
    if (config_.normalise == Normalisation::kT)
      retrieval::normalise(found, Normalisation::kT, set_.relevance);
    for (size_t q = 0; q < found.size(); ++q) {
      for (const Hit& hit : found[q]) {
        Hit& best = best_[q][static_cast<size_t>(hit.reference)];
        const bool nothing_yet = best.reference == kNotFound || std::isnan(best.score);
        if (nothing_yet || hit.score > best.score) best = hit;
      }
    }
  }

  void normalise_references(std::vector<Ranking>& rankings) {
    observer_.on_stage_begin("Z-norm", static_cast<int64_t>(rankings.size()), "queries");
    const bool done = retrieval::normalise(rankings, Normalisation::kZ, set_.relevance) == Normalisation::kZ;
    observer_.on_stage_end(done ? "" : "scores stay as they are: fewer than two in a cohort");
  }

  std::vector<Ranking> ranked() {
    for (Ranking& ranking : best_) {
      std::erase_if(ranking, [](const Hit& hit) { return hit.reference == kNotFound; });
      retrieval::sort_hits(ranking);
    }
    return std::move(best_);
  }

  const EvaluationSet& set_;
  const HumSearchConfig& config_;
  RunObserver& observer_;
  FingerprintSample* sample_;  ///< null where none is wanted any more
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<retrieval::Index> index_;
  std::vector<double> mean_;   ///< of the collection
  std::vector<Ranking> best_;  ///< [queries, candidates] over the tempos so far
};

}  // namespace

void bind(configs::Binder& b, HumSearchConfig& c) {
  b.numbers("query_tempo_ratios", c.query_tempo_ratios, configs::between(0.25, 4),
            "tempos at which the model hears each query (> 1 is faster); the best score counts");
  b.require(!c.query_tempo_ratios.empty(), "query_tempo_ratios", "needs at least one ratio");
  b.number("trim_queries_db", c.trim_queries_db, configs::at_least(0),
           "ends of a query this far under its loudest frame are cut for the model; 0: kept");
  b.enumeration(
      "center", c.center,
      {{"none", Centring::kNone}, {"recording", Centring::kRecording}, {"collection", Centring::kCollection}},
      "mean that is taken from the fingerprints first: of their recording, or of all candidates");
  b.nested("voice", c.voice, "mask of windows without a voice, which count for nothing");
  retrieval::bind_search(b, c.similarity);
  b.nested("index", c.index, "by what references are searched");
  b.enumeration("normalise", c.normalise,
                {{"none", Normalisation::kNone}, {"z", Normalisation::kZ}, {"t", Normalisation::kT}},
                "scores in standard deviations of a cohort: z, other queries of the reference; t, all "
                "references of the query");
}

std::vector<Ranking> search_hums(const EvaluationSet& set, const retrieval::Embedder& model,
                                 const HumSearchConfig& config, RunObserver& observer,
                                 FingerprintSample* sample) {
  return HumSearch(set, model, config, observer, sample).run();
}

}  // namespace melomine::evaluation
