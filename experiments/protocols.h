#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "datasets/corpus.h"
#include "evaluation/evaluation_config.h"
#include "evaluation/protocol.h"
#include "experiments/experiment_config.h"
#include "experiments/split.h"

namespace melomine::experiments {

/// The hums of `songs` against the originals of `candidates`, out of the shards: how held-out hums are
/// searched, and validation's. Hums of songs without an original there are left out.
/// @param corpus      outlives the set
/// @param candidates  must contain `songs`
evaluation::EvaluationSet corpus_set(const datasets::Corpus& corpus, const std::set<std::string>& songs,
                                     const std::set<std::string>& candidates);

/// The held-out songs' hums against every original of the shards.
class HeldOutProtocol : public evaluation::Protocol {
 public:
  /// @param checkpoint  of the model that is asked; one that learned from a held-out song is refused
  /// @throws ConfigError, DataError (datasets::Corpus::open)
  HeldOutProtocol(const ExperimentConfig& config, std::filesystem::path checkpoint);
  evaluation::EvaluationSet build() const override;

 private:
  const ExperimentConfig& config_;
  std::filesystem::path checkpoint_;
  datasets::Corpus corpus_;
};

/// What a set's protocol may need beside the set.
struct ProtocolContext {
  const ExperimentConfig& experiment;
  std::filesystem::path checkpoint;
  evaluation::BrokenItems broken = evaluation::BrokenItems::kAreErrors;  ///< of the tables
};

/// The protocol of a set by its name, out of the catalogue.
/// @throws ConfigError for a name that is not there, and whatever the protocol's own constructor throws
std::unique_ptr<evaluation::Protocol> make_protocol(const evaluation::EvaluationSetConfig& set,
                                                    const ProtocolContext& context);

}  // namespace melomine::experiments
