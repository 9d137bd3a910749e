#include "retrieval/index.h"

namespace melomine::retrieval {

const configs::Catalogue& IndexKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(exact),
  };
  // clang-format on
  static const configs::Catalogue catalogue("index", kinds);
  return catalogue;
}

}  // namespace melomine::retrieval
