#include "losses/miner_kind.h"

namespace melomine::losses {

const configs::Catalogue& MinerKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(multi_similarity),
      MELOMINE_KIND(none),
  };
  // clang-format on
  static const configs::Catalogue catalogue("miner", kinds);
  return catalogue;
}

void bind(configs::Binder& b, MinerConfig& c) {
  b.variant(c.miner);
  b.enumeration(
      "negatives", c.rule.negatives,
      {{"other_groups", Negatives::kOtherGroups},
       {"other_songs", Negatives::kOtherSongs},
       {"other_stretches", Negatives::kOtherStretches}},
      "other_groups: of any two groups, the paper's; other_songs: never of one song, whose groups "
      "may hold the same melody; other_stretches: of one song only where time maps tell its stretches "
      "apart");
  b.enumeration("domain_negatives", c.rule.domain_negatives,
                {{"all", DomainNegatives::kAll}, {"paired", DomainNegatives::kPaired}},
                "paired: a hum and a sung fragment are negatives only where both groups hold hums");
}

}  // namespace melomine::losses
