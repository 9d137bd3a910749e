#include "evaluation/query_split.h"
#include "experiments/protocol_kind.h"

namespace melomine::experiments {
namespace {

struct SplitQueriesConfig {
  std::string queries;  ///< CSV: query, group
  evaluation::QuerySplit split;
};

void bind(configs::Binder& b, SplitQueriesConfig& c) {
  b.text("queries", c.queries, "CSV of queries (query, group)");
  evaluation::bind(b, c.split);
  b.require(!c.queries.empty(), "queries", "needs a table");
}

/// Some queries of a table against the others.
class SplitQueriesProtocol : public evaluation::Protocol {
 public:
  SplitQueriesProtocol(SplitQueriesConfig config, evaluation::BrokenItems broken)
      : config_(std::move(config)), broken_(broken) {}
  evaluation::EvaluationSet build() const override {
    return evaluation::split_queries(evaluation::read_each_other_set(config_.queries, broken_),
                                     config_.split);
  }

 private:
  SplitQueriesConfig config_;
  evaluation::BrokenItems broken_;
};

class SplitQueries : public configs::KindOf<SplitQueries, ProtocolKind, SplitQueriesConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override { return {{"queries", &config.queries}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return std::make_unique<SplitQueriesProtocol>(config, context.broken);
  }
};

}  // namespace

configs::KindEntry split_queries_kind() {
  return configs::kind<SplitQueries>(
      "split_queries", "some queries of a table against the others, by group: 10 % against 90 %");
}

}  // namespace melomine::experiments
