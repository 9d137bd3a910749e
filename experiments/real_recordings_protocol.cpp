#include "experiments/published_protocol.h"
#include "layouts/mtg_qbh.h"

namespace melomine::experiments {
namespace {

struct RealRecordingsConfig {
  std::string root;             ///< of MTG-QBH
  std::string songs;            ///< the user's recordings, by class label
  FurtherReferences imposters;  ///< recordings of other songs
};

void bind(configs::Binder& b, RealRecordingsConfig& c) {
  b.text("root", c.root, "folder of MTG-QBH: Queries.csv, q1.wav, …");
  b.text("songs", c.songs, "folder of the songs' recordings, LABEL.mp3 or LABEL/*.mp3 by class label");
  bind_further(b, "imposters", c.imposters);
  b.require(!c.root.empty(), "root", "needs the folder of the set");
  b.require(!c.songs.empty(), "songs", "needs a folder: the set has no recordings of its songs");
}

class RealRecordings : public configs::KindOf<RealRecordings, ProtocolKind, RealRecordingsConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override { return files_of_list("imposters", config.imposters.tables); }
  NamedFiles folders() override { return {{"root", &config.root}, {"songs", &config.songs}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      return evaluation::set_of_layout(layouts::read_mtg_qbh(own.root, own.songs),
                                       request_with(own.imposters, broken));
    });
  }
};

}  // namespace

configs::KindEntry real_recordings_kind() {
  return configs::kind<RealRecordings>("real_recordings",
                                       "hums of MTG-QBH for the recordings of their songs, among imposters");
}

}  // namespace melomine::experiments
