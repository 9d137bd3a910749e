#include "separation/separator.h"

namespace melomine::separation {

const configs::Catalogue& SeparatorKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(external),
      MELOMINE_KIND(none),
      MELOMINE_KIND(torchscript),
  };
  // clang-format on
  static const configs::Catalogue catalogue("separator", kinds);
  return catalogue;
}

void bind(configs::Binder& b, SeparateConfig& c) {
  b.variant(c.separator);
  b.path("mixes", c.mixes,
         "folder that `melomine ingest` wrote; `melomine separate` makes data.shards of it, with both "
         "renditions");
  b.number(
      "length_tolerance_s", c.length_tolerance_s, configs::at_least(0),
      "a result may be this much longer or shorter than its mix, s: then it is cut, or goes on in silence");
}

}  // namespace melomine::separation
