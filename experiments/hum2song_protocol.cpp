#include "experiments/published_protocol.h"
#include "layouts/hum2song.h"

namespace melomine::experiments {
namespace {

struct Hum2SongConfig {
  std::string root;  ///< folder of train_meta.csv, or the table
  FurtherReferences imposters;
};

void bind(configs::Binder& b, Hum2SongConfig& c) {
  b.text("root", c.root, "folder of Hum to Song: train/train_meta.csv, or a table of its columns");
  bind_further(b, "imposters", c.imposters);
  b.require(!c.root.empty(), "root", "needs the folder of the set");
}

class Hum2Song : public configs::KindOf<Hum2Song, ProtocolKind, Hum2SongConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override { return files_of_list("imposters", config.imposters.tables); }
  NamedFiles folders() override { return {{"root", &config.root}}; }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      evaluation::LayoutRequest request = request_with(own.imposters, broken);
      request.fold = true;
      request.shown_metrics = {"mrr10", "top1", "top10", "mrr"};
      return evaluation::set_of_layout(layouts::read_hum2song(own.root), request);
    });
  }
};

}  // namespace

configs::KindEntry hum2song_kind() {
  return configs::kind<Hum2Song>(
      "hum2song", "hums of Zalo's Hum to Song for their songs; parts of one song are one candidate");
}

}  // namespace melomine::experiments
