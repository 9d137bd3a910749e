#include "layouts/known_layouts.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/text.h"
#include "layouts/cover_hunter.h"
#include "layouts/covers80.h"
#include "layouts/datacos.h"
#include "layouts/discogs_vi.h"
#include "layouts/hum2song.h"
#include "layouts/humtrans.h"
#include "layouts/ioacas.h"
#include "layouts/mir_qbsh.h"
#include "layouts/mir_st500.h"
#include "layouts/mlend.h"
#include "layouts/mtg_qbh.h"
#include "layouts/score_folder.h"
#include "layouts/shs100k.h"

namespace melomine::layouts {
namespace {

std::string split_or(const LayoutPlace& place, const char* otherwise) {
  return place.split.empty() ? otherwise : place.split;
}

PublishedSet covers80_versions(const std::filesystem::path& root) {
  PublishedSet set = read_covers80(root);
  make_queries_references(set);
  return set;
}

}  // namespace

const std::vector<KnownLayout>& known_layouts() {
  // clang-format off
  static const std::vector<KnownLayout> all = {
      {"coverhunter", "lists of CoverHunter and CoverHunterMPS, JSON Lines", [](const LayoutPlace& p) { return read_cover_hunter(p.root, p.audio); }},
      {"covers80", "80 pairs of pop songs", [](const LayoutPlace& p) { return covers80_versions(p.root); }},
      {"datacos", "Da-TACOS; split: benchmark, coveranalysis", [](const LayoutPlace& p) { return read_datacos(p.root, p.audio, split_or(p, "benchmark")); }},
      {"discogs_vi", "Discogs-VI, light or whole", [](const LayoutPlace& p) { return read_discogs_vi(p.root, p.audio); }},
      {"essen", "folk melodies as MIDI files", [](const LayoutPlace& p) { return read_score_folder(p.root, "Essen"); }},
      {"hum2song", "Zalo's Hum to Song", [](const LayoutPlace& p) { return read_hum2song(p.root); }},
      {"humtrans", "segments of music hummed by ten people; split: train, valid, test", [](const LayoutPlace& p) { return read_humtrans(p.root, split_or(p, "all")); }},
      {"ioacas", "MIREX's ThinkIt; split: IOACAS_pt1, IOACAS_pt2", [](const LayoutPlace& p) { return read_ioacas(p.root, p.split.empty() ? std::vector<std::string>() : std::vector<std::string>{p.split}); }},
      {"mir_qbsh", "Jang's hums of 48 songs", [](const LayoutPlace& p) { return read_mir_qbsh(p.root); }},
      {"mir_st500", "500 pop songs with their sung notes; split: train, test", [](const LayoutPlace& p) { return read_mir_st500(p.root, p.audio, split_or(p, "all")); }},
      {"mlend", "hums and whistles of eight tunes; split: Hum, Whistle", [](const LayoutPlace& p) { return read_mlend(p.root, p.split); }},
      {"mtg_qbh", "118 hums of 81 songs, whose recordings are yours", [](const LayoutPlace& p) { return read_mtg_qbh(p.root, p.audio); }},
      {"pop909", "909 pop songs as MIDI files", [](const LayoutPlace& p) { return read_score_folder(p.root, "POP909"); }},
      {"shs100k", "SHS100K of 2018 or 2025; split: train, val, test", [](const LayoutPlace& p) { return read_shs100k(p.root, p.audio, split_or(p, "all")); }},
  };
  // clang-format on
  return all;
}

PublishedSet read_layout(const std::string& name, const LayoutPlace& place) {
  std::vector<std::string> names;
  for (const KnownLayout& layout : known_layouts()) {
    if (layout.name == name) return layout.read(place);
    names.push_back(layout.name);
  }
  const std::string nearest = nearest_name(name, names);
  throw ConfigError(fmt::format("'{}' is no published set that is known{}; known: {}", name,
                                nearest.empty() ? "" : fmt::format(", did you mean {}?", nearest),
                                fmt::join(names, ", ")));
}

}  // namespace melomine::layouts
