#include "experiments/published_protocol.h"
#include "layouts/mlend.h"

namespace melomine::experiments {
namespace {

struct MlendConfig {
  std::string root;            ///< of the set
  std::string interpretation;  ///< Hum | Whistle; "": both
};

void bind(configs::Binder& b, MlendConfig& c) {
  b.text("root", c.root, "folder of MLEnd Hums and Whistles, with its table of attributes");
  b.choice("interpretation", c.interpretation, {"", "Hum", "Whistle"},
           "only what is hummed, or whistled; empty: both");
  b.require(!c.root.empty(), "root", "needs the folder of the set");
}

class Mlend : public configs::KindOf<Mlend, ProtocolKind, MlendConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles folders() override { return {{"root", &config.root}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      return evaluation::set_of_layout(
          layouts::read_mlend(own.root, own.interpretation),
          {.question = evaluation::LayoutQuestion::kEachOther, .broken = broken});
    });
  }
};

}  // namespace

configs::KindEntry mlend_kind() {
  return configs::kind<Mlend>("mlend", "hums and whistles of MLEnd for others of the same tune");
}

}  // namespace melomine::experiments
