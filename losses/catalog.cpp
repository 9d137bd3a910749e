#include "losses/loss_kind.h"

namespace melomine::losses {

const configs::Catalogue& LossKind::catalogue() {
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(arcface), MELOMINE_KIND(domain_adversarial), MELOMINE_KIND(focal), MELOMINE_KIND(nt_xent),
      MELOMINE_KIND(triplet),
  };
  static const configs::Catalogue catalogue("loss", kinds);
  return catalogue;
}

}  // namespace melomine::losses
