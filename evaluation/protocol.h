#pragma once

#include <string>
#include <utility>

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

/// A table of queries against tables of references.
class TablesProtocol : public Protocol {
 public:
  explicit TablesProtocol(EvaluationTables tables) : tables_(std::move(tables)) {}
  EvaluationSet build() const override { return read_reference_set(tables_); }

 private:
  EvaluationTables tables_;
};

/// A table of queries against each other.
class EachOtherProtocol : public Protocol {
 public:
  explicit EachOtherProtocol(std::filesystem::path queries, BrokenItems broken = BrokenItems::kAreErrors)
      : queries_(std::move(queries)), broken_(broken) {}
  EvaluationSet build() const override { return read_each_other_set(queries_, broken_); }

 private:
  std::filesystem::path queries_;
  BrokenItems broken_;
};

}  // namespace melomine::evaluation
