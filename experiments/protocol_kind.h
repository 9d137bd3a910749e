#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "configs/choice.h"
#include "evaluation/protocol.h"

namespace melomine::experiments {

struct ExperimentConfig;

/// Settings that name files, by their keys.
using NamedFiles = std::vector<std::pair<std::string, std::string*>>;
/// Those of a list: "references[0]", …
NamedFiles files_of_list(const std::string& key, std::vector<std::string>& paths);

/// What a set's protocol may need beside its settings.
struct ProtocolContext {
  const ExperimentConfig& experiment;                                    ///< outlives the protocol
  std::vector<std::filesystem::path> checkpoints;                        ///< of the models that are asked
  evaluation::BrokenItems broken = evaluation::BrokenItems::kAreErrors;  ///< of the tables
};

/// Where queries and candidates come from.
enum class AsksOf {
  kCorpus,  ///< the experiment's shards
  kFiles,   ///< what ProtocolKind::files names; an item may prove broken
};

/// A kind of protocol with its settings.
class ProtocolKind : public configs::Kind {
 public:
  /// experiments/protocol_catalog.cpp
  static const configs::Catalogue& catalogue();
  virtual AsksOf asks_of() const = 0;
  /// The settings that name files, by their keys.
  virtual NamedFiles files() { return {}; }
  /// Those that name folders of published sets, of which names and sizes of files stand for the content: they
  /// are too large to be read before every evaluation.
  virtual NamedFiles folders() { return {}; }
  /// @throws ConfigError, DataError
  virtual std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const = 0;
};

using ProtocolChoice = configs::Choice<ProtocolKind>;

}  // namespace melomine::experiments
