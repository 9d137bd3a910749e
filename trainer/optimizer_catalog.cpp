#include "trainer/optimizer_kind.h"

namespace melomine::trainer {

const configs::Catalogue& OptimizerKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(adam),
      MELOMINE_KIND(adamw),
      MELOMINE_KIND(sgd),
  };
  // clang-format on
  static const configs::Catalogue catalogue("optimizer", kinds);
  return catalogue;
}

}  // namespace melomine::trainer
