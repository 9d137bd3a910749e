#include "experiments/published_protocol.h"
#include "layouts/mirex_lists.h"

namespace melomine::experiments {
namespace {

struct MirexListsConfig {
  std::string queries, collection;  ///< list files: a path a line, behind a tab its work
};

void bind(configs::Binder& b, MirexListsConfig& c) {
  b.text("queries", c.queries, "list of queries: a path a line, behind a tab its work");
  b.text("collection", c.collection, "list of what is searched, in the same form");
  b.require(!c.queries.empty(), "queries", "needs a list");
  b.require(!c.collection.empty(), "collection", "needs a list");
}

class MirexLists : public configs::KindOf<MirexLists, ProtocolKind, MirexListsConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override { return {{"queries", &config.queries}, {"collection", &config.collection}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      return evaluation::set_of_layout(layouts::read_mirex_lists(own.queries, own.collection),
                                       {.broken = broken});
    });
  }
};

}  // namespace

configs::KindEntry mirex_lists_kind() {
  return configs::kind<MirexLists>("mirex_lists",
                                   "the queries of MIREX's list files for others of their work");
}

}  // namespace melomine::experiments
