#include "evaluation/hum_search.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "core/cancellation.h"
#include "dsp/silence.h"
#include "dsp/time_stretch.h"
#include "retrieval/voice_mask.h"

namespace melomine::evaluation {
namespace {

using retrieval::Centring;
using retrieval::FingerprintSequence;
using retrieval::Hit;
using retrieval::Normalisation;
using retrieval::Ranking;

/// Items whose audio is loaded ahead of the model at once.
constexpr size_t kLoadedItems = 16;

/// What is done to an item's audio before the model embeds it.
struct Preparation {
  double tempo_ratio = 1;
  double trim_db = 0;  ///< 0 = the whole item
};

dsp::AudioBuffer prepare(const EvaluationItem& item, const Preparation& preparation) {
  dsp::AudioBuffer audio = item.audio();
  if (preparation.trim_db > 0) {
    const auto sounding = dsp::split_at_silence(audio.samples, {.level_db = preparation.trim_db});
    if (!sounding.empty()) {
      audio.samples.resize(static_cast<size_t>(sounding.back().end));
      audio.samples.erase(audio.samples.begin(), audio.samples.begin() + sounding.front().start);
    }
  }
  if (preparation.tempo_ratio != 1.0)
    audio.samples = dsp::time_stretch(audio.samples, preparation.tempo_ratio, audio.sample_rate_hz);
  return audio;
}

/// One set, searched by one model.
class HumSearch {
 public:
  HumSearch(const EvaluationSet& set, const retrieval::Embedder& model, const HumSearchConfig& config,
            RunObserver& observer)
      : set_(set),
        model_(model),
        config_(config),
        observer_(observer),
        index_(config.index->make(config.similarity)) {}

  std::vector<Ranking> run() {
    const bool among_queries = set_.match_with == MatchQueriesWith::kEachOther;
    auto candidates = among_queries
                          ? embed_all(set_.queries, query_preparation(1.0), "fingerprints of queries")
                          : embed_all(set_.references, {}, "fingerprints of references");
    if (config_.center == Centring::kCollection) mean_ = retrieval::mean_fingerprint(candidates);
    for (FingerprintSequence& z : candidates) index_->add(centred(z));
    best_.assign(set_.queries.size(), std::vector<Hit>(candidates.size(), Hit{.reference = kNotFound}));
    for (const double ratio : config_.query_tempo_ratios) {
      const bool known = among_queries && ratio == 1.0;
      search(known ? candidates
                   : embed_all(set_.queries, query_preparation(ratio),
                               fmt::format("fingerprints of queries, tempo {}", ratio)));
    }
    std::vector<Ranking> rankings = ranked();
    if (config_.normalise == Normalisation::kZ) normalise_references(rankings);
    return rankings;
  }

 private:
  static constexpr int64_t kNotFound = -1;

  Preparation query_preparation(double ratio) const { return {ratio, config_.trim_queries_db}; }

  /// Loading, trimming and stretching run in parallel, a few items ahead of the model.
  std::vector<FingerprintSequence> embed_all(const std::vector<EvaluationItem>& items,
                                             const Preparation& preparation, std::string_view stage) {
    observer_.on_stage_begin(stage, static_cast<int64_t>(items.size()), "items");
    std::vector<FingerprintSequence> sequences;
    for (size_t start = 0; start < items.size(); start += kLoadedItems) {
      const size_t count = std::min(kLoadedItems, items.size() - start);
      std::vector<dsp::AudioBuffer> loaded(count);
      tbb::parallel_for(size_t{0}, count,
                        [&](size_t i) { loaded[i] = prepare(items[start + i], preparation); });
      for (size_t i = 0; i < count; ++i) {
        throw_if_cancelled();
        sequences.push_back(retrieval::embed_voice(model_, loaded[i], config_.voice));
        observer_.on_progress(static_cast<int64_t>(start + i + 1), items[start + i].id);
      }
    }
    observer_.on_stage_end("");
    return sequences;
  }

  FingerprintSequence centred(FingerprintSequence z) const {
    if (config_.center == Centring::kRecording) retrieval::subtract_own_mean(z);
    if (config_.center == Centring::kCollection) retrieval::subtract_mean(z, mean_);
    return z;
  }

  /// Searches the queries at one tempo, and keeps what is better than at those before.
  void search(std::vector<FingerprintSequence> queries) {
    for (FingerprintSequence& z : queries) z = centred(std::move(z));
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
  const retrieval::Embedder& model_;
  const HumSearchConfig& config_;
  RunObserver& observer_;
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
                                 const HumSearchConfig& config, RunObserver& observer) {
  return HumSearch(set, model, config, observer).run();
}

}  // namespace melomine::evaluation
