#include "retrieval/index.h"

namespace melomine::retrieval {

const configs::Catalogue& IndexKind::catalogue() {
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(exact),
  };
  static const configs::Catalogue catalogue("index", kinds);
  return catalogue;
}

}  // namespace melomine::retrieval
