#include "experiments/protocol_kind.h"

namespace melomine::experiments {

const configs::Catalogue& ProtocolKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(each_other),
      MELOMINE_KIND(held_out),
      MELOMINE_KIND(split_queries),
      MELOMINE_KIND(tables),
  };
  // clang-format on
  static const configs::Catalogue catalogue("protocol of evaluation", kinds);
  return catalogue;
}

}  // namespace melomine::experiments
