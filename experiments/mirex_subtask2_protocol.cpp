#include "experiments/published_protocol.h"
#include "layouts/ioacas.h"
#include "layouts/mir_qbsh.h"

namespace melomine::experiments {
namespace {

struct MirexSubtask2Config {
  std::string mir_qbsh, ioacas;  ///< folders of the corpora
  bool songs = false;            ///< MIDI files are candidates, too
  FurtherReferences distractors;
};

void bind(configs::Binder& b, MirexSubtask2Config& c) {
  b.text("mir_qbsh", c.mir_qbsh, "folder of MIR-QBSH");
  b.text("ioacas", c.ioacas, "folder of IOACAS_QBH");
  b.boolean("songs", c.songs, "the songs' MIDI files are candidates, too, and right for their hums");
  bind_further(b, "distractors", c.distractors);
  b.require(!c.mir_qbsh.empty() || !c.ioacas.empty(), "mir_qbsh",
            "needs the folder of a corpus, or ioacas one");
  b.require(c.songs || c.distractors.tables.empty(), "distractors", "go with songs: true");
}

/// Both corpora as one; their ids are told apart by a corpus's name where both are asked.
layouts::PublishedSet read_both(const MirexSubtask2Config& config) {
  if (config.ioacas.empty()) return layouts::read_mir_qbsh(config.mir_qbsh);
  layouts::PublishedSet all = layouts::read_ioacas(config.ioacas);
  if (config.mir_qbsh.empty()) return all;
  layouts::PublishedSet hums = layouts::read_mir_qbsh(config.mir_qbsh);
  layouts::prefix_ids(all, "ioacas/");
  layouts::prefix_ids(hums, "mir_qbsh/");
  layouts::append(all, std::move(hums));
  return all;
}

class MirexSubtask2 : public configs::KindOf<MirexSubtask2, ProtocolKind, MirexSubtask2Config> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override { return files_of_list("distractors", config.distractors.tables); }
  NamedFiles folders() override { return {{"mir_qbsh", &config.mir_qbsh}, {"ioacas", &config.ioacas}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      evaluation::LayoutRequest request = request_with(own.distractors, broken);
      request.question =
          own.songs ? evaluation::LayoutQuestion::kAmongAll : evaluation::LayoutQuestion::kEachOther;
      return evaluation::set_of_layout(read_both(own), request);
    });
  }
};

}  // namespace

configs::KindEntry mirex_subtask2_kind() {
  return configs::kind<MirexSubtask2>("mirex_subtask2",
                                      "hums of MIR-QBSH, IOACAS or both for the other hums of their song");
}

}  // namespace melomine::experiments
