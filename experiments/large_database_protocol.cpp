#include "experiments/published_protocol.h"

namespace melomine::experiments {
namespace {

struct LargeDatabaseConfig {
  std::string queries;                  ///< CSV: query, reference_id
  std::vector<std::string> references;  ///< CSVs or folders: reference_id, path
  std::vector<std::string> leave_out;   ///< reference_ids that are no candidates
  FurtherReferences imposters;
};

void bind(configs::Binder& b, LargeDatabaseConfig& c) {
  b.text("queries", c.queries, "CSV of queries (query, reference_id)");
  b.texts("references", c.references, "CSVs or folders of references (reference_id, path), taken together");
  b.texts("leave_out", c.leave_out, "reference_ids that are no candidates");
  bind_further(b, "imposters", c.imposters);
  b.require(!c.queries.empty(), "queries", "needs a table");
  b.require(!c.references.empty(), "references", "needs at least one table or folder");
  b.require(!c.imposters.tables.empty(), "imposters",
            "needs at least one table or folder; tables asks without");
}

class LargeDatabase : public configs::KindOf<LargeDatabase, ProtocolKind, LargeDatabaseConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override {
    NamedFiles files = files_of_list("references", config.references);
    files.emplace(files.begin(), "queries", &config.queries);
    return files;
  }
  NamedFiles folders() override { return files_of_list("imposters", config.imposters.tables); }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    const evaluation::EvaluationTables tables{
        .queries = config.queries,
        .references = {config.references.begin(), config.references.end()},
        .omissions = {config.leave_out, context.broken},
        .imposters = {config.imposters.tables.begin(), config.imposters.tables.end()},
        .most_imposters = config.imposters.most};
    return published_protocol([tables] { return evaluation::read_reference_set(tables); });
  }
};

}  // namespace

configs::KindEntry large_database_kind() {
  return configs::kind<LargeDatabase>("large_database",
                                      "a table of queries against tables of references and many imposters");
}

}  // namespace melomine::experiments
