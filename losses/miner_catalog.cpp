#include "losses/miner.h"

namespace melomine::losses {

const configs::Catalogue& MinerKind::catalogue() {
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(multi_similarity),
      MELOMINE_KIND(none),
  };
  static const configs::Catalogue catalogue("miner", kinds);
  return catalogue;
}

void bind(configs::Binder& b, MinerConfig& c) {
  b.variant(c.miner);
  b.enumeration("domain_negatives", c.domain_negatives,
                {{"all", DomainNegatives::kAll}, {"paired", DomainNegatives::kPaired}},
                "paired: a hum and a sung fragment are negatives only where both groups hold hums");
}

}  // namespace melomine::losses
