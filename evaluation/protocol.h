#pragma once

#include "evaluation/evaluation_set.h"

namespace melomine::evaluation {

/// What is asked of a system: queries, candidates, and what counts as found.
class Protocol {
 public:
  virtual ~Protocol() = default;
  /// The set's audio is loaded later, so the set may outlive the protocol.
  /// @throws ConfigError or DataError saying what cannot be asked
  virtual EvaluationSet build() const = 0;
};

}  // namespace melomine::evaluation
