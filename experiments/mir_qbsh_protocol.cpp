#include "experiments/published_protocol.h"
#include "layouts/mir_qbsh.h"

namespace melomine::experiments {
namespace {

struct MirQbshConfig {
  std::string root;               ///< of the corpus
  FurtherReferences distractors;  ///< 2,000 folk tunes of Essen, say
};

void bind(configs::Binder& b, MirQbshConfig& c) {
  b.text("root", c.root, "folder of MIR-QBSH: waveFile/, midiFile/");
  bind_further(b, "distractors", c.distractors);
  b.require(!c.root.empty(), "root", "needs the folder of the set");
}

class MirQbsh : public configs::KindOf<MirQbsh, ProtocolKind, MirQbshConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override { return files_of_list("distractors", config.distractors.tables); }
  NamedFiles folders() override { return {{"root", &config.root}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      return evaluation::set_of_layout(layouts::read_mir_qbsh(own.root),
                                       request_with(own.distractors, broken));
    });
  }
};

}  // namespace

configs::KindEntry mir_qbsh_kind() {
  return configs::kind<MirQbsh>("mir_qbsh", "hums of MIR-QBSH for its songs, among distractors");
}

}  // namespace melomine::experiments
