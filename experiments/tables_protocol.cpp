#include "experiments/protocol_kind.h"

namespace melomine::experiments {
namespace {

struct TablesConfig {
  std::string queries;                  ///< CSV: query, reference_id or group
  std::vector<std::string> references;  ///< CSVs or folders: reference_id, path, taken together
  std::vector<std::string> leave_out;   ///< reference_ids that are no candidates
};

void bind(configs::Binder& b, TablesConfig& c) {
  b.text("queries", c.queries, "CSV of queries (query, reference_id or group)");
  b.texts("references", c.references, "CSVs of references (reference_id, path), taken together");
  b.texts("leave_out", c.leave_out, "reference_ids that are no candidates");
  b.require(!c.queries.empty(), "queries", "needs a table; held_out asks the corpus's own hums");
  b.require(!c.references.empty(), "references", "needs at least one table; each_other asks queries alone");
}

/// A table of queries against tables of references.
class TablesProtocol : public evaluation::Protocol {
 public:
  explicit TablesProtocol(evaluation::EvaluationTables tables) : tables_(std::move(tables)) {}
  evaluation::EvaluationSet build() const override { return evaluation::read_reference_set(tables_); }

 private:
  evaluation::EvaluationTables tables_;
};

class Tables : public configs::KindOf<Tables, ProtocolKind, TablesConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override {
    NamedFiles files = files_of_list("references", config.references);
    files.emplace(files.begin(), "queries", &config.queries);
    return files;
  }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return std::make_unique<TablesProtocol>(
        evaluation::EvaluationTables{.queries = config.queries,
                                     .references = {config.references.begin(), config.references.end()},
                                     .omissions = {config.leave_out, context.broken}});
  }
};

}  // namespace

configs::KindEntry tables_kind() {
  return configs::kind<Tables>("tables", "a table of queries against tables of references");
}

}  // namespace melomine::experiments
