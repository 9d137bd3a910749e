#pragma once

#include <memory>
#include <vector>

#include "core/progress.h"
#include "dsp/voice_mask.h"
#include "evaluation/evaluation_set.h"
#include "retrieval/embedder.h"

namespace melomine::evaluation {

/// How a model hears items.
struct Hearing {
  double trim_queries_db = 0;  ///< of those that hear sound; 0: queries are heard whole
  dsp::VoiceMask voice;        ///< windows without a voice count for nothing
};

/// Turns queries and references into fingerprints. Loading is parallel, and so is what comes before the
/// model.
class Listener {
 public:
  virtual ~Listener() = default;
  /// @param tempo_ratio  at which each query is heard, > 1 is faster @returns [queries]
  virtual std::vector<retrieval::FingerprintSequence> queries(double tempo_ratio) = 0;
  /// @returns [references]
  virtual std::vector<retrieval::FingerprintSequence> references() = 0;
};

/// One that hears sound, or, over a retrieval::MelodyEmbedder, one that follows each query's pitch once for
/// all tempos and reads scores. All must outlive it.
std::unique_ptr<Listener> make_listener(const EvaluationSet& set, const retrieval::Embedder& model,
                                        const Hearing& hearing, RunObserver& observer);

}  // namespace melomine::evaluation
