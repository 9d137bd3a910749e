#include "embedding/front_end_kind.h"

namespace melomine::embedding {

const configs::Catalogue& FrontEndKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(contour),
      MELOMINE_KIND(crepe),
      MELOMINE_KIND(image),
  };
  // clang-format on
  static const configs::Catalogue catalogue("front end", kinds);
  return catalogue;
}

}  // namespace melomine::embedding
