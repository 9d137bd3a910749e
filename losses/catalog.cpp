#include "losses/loss_config.h"

namespace melomine::losses {

const configs::Catalogue& LossKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(arcface),
      MELOMINE_KIND(clews),
      MELOMINE_KIND(confidence),
      MELOMINE_KIND(domain_adversarial),
      MELOMINE_KIND(focal),
      MELOMINE_KIND(max_hinge_triplet),
      MELOMINE_KIND(multi_similarity_loss),
      MELOMINE_KIND(nt_xent),
      MELOMINE_KIND(supcon),
      MELOMINE_KIND(triplet),
  };
  // clang-format on
  static const configs::Catalogue catalogue("loss", kinds);
  return catalogue;
}

void bind(configs::Binder& b, LossConfig& c) {
  b.variant(c.loss);
  b.number("weight", c.weight, configs::at_least(0), "its share in the sum");
  if (c.loss->learns_from() == LearnsFrom::kPairs)
    b.nested("miner", c.miner, "which pairs of the batch are learned from");
}

}  // namespace melomine::losses
