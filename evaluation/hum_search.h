#pragma once

#include <vector>

#include "configs/binder.h"
#include "core/progress.h"
#include "dsp/voice_mask.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/fingerprint_sample.h"
#include "retrieval/centring.h"
#include "retrieval/embedder.h"
#include "retrieval/index.h"
#include "retrieval/normalise.h"

namespace melomine::evaluation {

/// How a model searches hums among originals; the defaults are the paper's (Amatov et al. 2023), the rest is
/// ours. Validation, held-out hums and tables are all searched by it.
struct HumSearchConfig {
  /// The model hears each query at these tempos (> 1 is faster) and its best score counts.
  std::vector<double> query_tempo_ratios{1.0};
  /// Ends of a query that lie this far under its loudest frame are cut before the model hears it: a hum
  /// starts when the singer does, and windows of silence have no counterpart in a reference. 0 = kept.
  double trim_queries_db = 30;
  retrieval::Centring center = retrieval::Centring::kNone;
  dsp::VoiceMask voice;              ///< windows of queries and candidates without a voice count for nothing
  retrieval::Similarity similarity;  ///< of two sequences, as in mining, or by warping paths
  retrieval::IndexChoice index{"exact"};
  /// Z: of the best score over the tempos; T: at each tempo, before the best counts.
  retrieval::Normalisation normalise = retrieval::Normalisation::kNone;
};
void bind(configs::Binder& b, HumSearchConfig& c);

/// Ranks all candidates of every query: fingerprint sequences, the highest similarity over all lags.
/// Each candidate is embedded once.
/// @param sample  of what it is searched by, filled where it is not null
/// @returns [queries]
std::vector<retrieval::Ranking> search_hums(const EvaluationSet& set, const retrieval::Embedder& model,
                                            const HumSearchConfig& config, RunObserver& observer,
                                            FingerprintSample* sample = nullptr);

}  // namespace melomine::evaluation
