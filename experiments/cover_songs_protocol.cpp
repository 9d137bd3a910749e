#include "experiments/published_protocol.h"
#include "layouts/cover_hunter.h"
#include "layouts/covers80.h"
#include "layouts/datacos.h"
#include "layouts/discogs_vi.h"
#include "layouts/shs100k.h"

namespace melomine::experiments {
namespace {

struct CoverSongsConfig {
  std::string layout = "shs100k";
  std::string list;         ///< file or folder of the list
  std::string audio;        ///< folder; "": as the list says
  std::string split;        ///< "": test, or Da-TACOS's benchmark
  bool first_list = false;  ///< of Covers80
  FurtherReferences imposters;
};

void bind(configs::Binder& b, CoverSongsConfig& c) {
  b.choice("layout", c.layout, {"covers80", "coverhunter", "datacos", "discogs_vi", "shs100k"},
           "whose list it is");
  b.text("list", c.list, "its file, or the folder that it is laid out in");
  b.text("audio", c.audio, "folder of the recordings; empty: where the list says, of layouts that do");
  b.text("split", c.split,
         "shs100k: train, val, test, all; datacos: benchmark, coveranalysis; empty: the test");
  b.boolean("first_list", c.first_list, "covers80: those of list1 ask among those of list2, in place of all");
  bind_further(b, "imposters", c.imposters);
  b.require(!c.list.empty(), "list", "needs a file or a folder");
  b.require(!c.first_list || c.layout == "covers80", "first_list", "is for layout: covers80");
}

/// What the list names: versions as references, and of Covers80 the first list as queries if they alone ask.
layouts::PublishedSet versions_of(const CoverSongsConfig& config) {
  const auto split_or = [&](const char* usual) { return config.split.empty() ? usual : config.split; };
  if (config.layout == "datacos")
    return layouts::read_datacos(config.list, config.audio, split_or("benchmark"));
  if (config.layout == "discogs_vi") return layouts::read_discogs_vi(config.list, config.audio);
  if (config.layout == "coverhunter") return layouts::read_cover_hunter(config.list, config.audio);
  if (config.layout == "shs100k") return layouts::read_shs100k(config.list, config.audio, split_or("test"));
  layouts::PublishedSet pairs = layouts::read_covers80(config.list);
  if (!config.first_list) layouts::make_queries_references(pairs);
  return pairs;
}

class CoverSongs : public configs::KindOf<CoverSongs, ProtocolKind, CoverSongsConfig> {
 public:
  AsksOf asks_of() const override { return AsksOf::kFiles; }
  NamedFiles files() override {
    NamedFiles files;
    if (config.layout != "covers80") files.emplace_back("list", &config.list);
    return files;
  }
  NamedFiles folders() override {
    NamedFiles folders = files_of_list("imposters", config.imposters.tables);
    if (config.layout == "covers80") folders.emplace(folders.begin(), "list", &config.list);
    folders.emplace(folders.begin(), "audio", &config.audio);
    return folders;
  }
  std::unique_ptr<evaluation::Protocol> make(const ProtocolContext& context) const override {
    return published_protocol([own = config, broken = context.broken] {
      evaluation::LayoutRequest request = request_with(own.imposters, broken);
      request.question =
          own.first_list ? evaluation::LayoutQuestion::kReferences : evaluation::LayoutQuestion::kVersions;
      request.shown_metrics = {"map", "mr1", "p10", "right10", "top1", "top10", "nar"};
      return evaluation::set_of_layout(versions_of(own), request);
    });
  }
};

}  // namespace

configs::KindEntry cover_songs_kind() {
  return configs::kind<CoverSongs>("cover_songs",
                                   "every version of a list of covers for the others of its work");
}

}  // namespace melomine::experiments
