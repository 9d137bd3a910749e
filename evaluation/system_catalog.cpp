#include "evaluation/system.h"

namespace melomine::evaluation {

const configs::Catalogue& SystemKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(baseline),
      MELOMINE_KIND(by_length),
      MELOMINE_KIND(fused),
      MELOMINE_KIND(model),
  };
  // clang-format on
  static const configs::Catalogue catalogue("system of evaluation", kinds);
  return catalogue;
}

}  // namespace melomine::evaluation
