#include "experiments/protocol_kind.h"

namespace melomine::experiments {
namespace {

struct EachOtherConfig {
  std::string queries;  ///< CSV: query, group
};

void bind(configs::Binder& b, EachOtherConfig& c) {
  b.text("queries", c.queries, "CSV of queries (query, group)");
  b.require(!c.queries.empty(), "queries", "needs a table");
}

/// A table of queries against each other.
class EachOtherProtocol : public evaluation::Protocol {
 public:
  EachOtherProtocol(std::filesystem::path queries, evaluation::BrokenItems broken)
      : queries_(std::move(queries)), broken_(broken) {}
  evaluation::EvaluationSet build() const override {
    return evaluation::read_each_other_set(queries_, broken_);
  }

 private:
  std::filesystem::path queries_;
  evaluation::BrokenItems broken_;
};

class EachOther : public configs::KindOf<EachOther, ProtocolKind, EachOtherConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override { return {{"queries", &config.queries}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return std::make_unique<EachOtherProtocol>(config.queries, context.broken);
  }
};

}  // namespace

configs::KindEntry each_other_kind() {
  return configs::kind<EachOther>("each_other", "each query of a table has to find the others of its group");
}

}  // namespace melomine::experiments
