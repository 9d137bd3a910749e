#include "evaluation/query_split.h"
#include "experiments/published_protocol.h"
#include "layouts/mir_qbsh.h"

namespace melomine::experiments {
namespace {

struct MirQbsh9010Config {
  std::string root;  ///< of the corpus
  evaluation::QuerySplit split;
};

void bind(configs::Binder& b, MirQbsh9010Config& c) {
  b.text("root", c.root, "folder of MIR-QBSH: waveFile/, midiFile/");
  evaluation::bind(b, c.split);
  b.require(!c.root.empty(), "root", "needs the folder of the set");
}

class MirQbsh9010 : public configs::KindOf<MirQbsh9010, ProtocolKind, MirQbsh9010Config> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles folders() override { return {{"root", &config.root}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      return evaluation::split_queries(
          evaluation::set_of_layout(layouts::read_mir_qbsh(own.root),
                                    {.question = evaluation::LayoutQuestion::kEachOther, .broken = broken}),
          own.split);
    });
  }
};

}  // namespace

configs::KindEntry mir_qbsh_90_10_kind() {
  return configs::kind<MirQbsh9010>("mir_qbsh_90_10",
                                    "a share of the hums of each song of MIR-QBSH among the others");
}

}  // namespace melomine::experiments
