#include "losses/pairs.h"

#include "core/error.h"
#include "losses/loss.h"

namespace melomine::losses {

PairMasks group_pairs(const torch::Tensor& groups) {
  const auto same = groups.unsqueeze(1) == groups.unsqueeze(0);
  const auto self = torch::eye(groups.size(0), same.options());
  return {same.logical_xor(self), same.logical_not()};
}

PairMasks other_song_pairs(PairMasks pairs, const torch::Tensor& songs) {
  pairs.negative = pairs.negative.logical_and(songs.unsqueeze(1) != songs.unsqueeze(0));
  return pairs;
}

PairMasks other_stretch_pairs(PairMasks pairs, const torch::Tensor& same_melody) {
  pairs.negative = pairs.negative.logical_and(same_melody.logical_not());
  return pairs;
}

PairMasks paired_domain_pairs(const torch::Tensor& groups, const torch::Tensor& domains) {
  PairMasks pairs = group_pairs(groups);
  const auto same_group = groups.unsqueeze(1) == groups.unsqueeze(0);
  const auto hummed = same_group.logical_and((domains == 1).unsqueeze(0)).any(1);
  const auto same_domain = domains.unsqueeze(1) == domains.unsqueeze(0);
  const auto both_hummed = hummed.unsqueeze(1).logical_and(hummed.unsqueeze(0));
  pairs.negative = pairs.negative.logical_and(same_domain.logical_or(both_hummed));
  return pairs;
}

const PairMasks& BatchPairs::of(PairRule rule) {
  PairMasks& pairs =
      of_rule_[static_cast<size_t>(rule.negatives)][static_cast<size_t>(rule.domain_negatives)];
  if (!pairs.positive.defined()) pairs = make(rule);
  return pairs;
}

PairMasks BatchPairs::make(PairRule rule) const {
  require_labels("losses", "groups", z_, labels_.groups);
  const PairMasks all = group_pairs(labels_.groups);
  if (!all.positive.any().item<bool>())
    throw ShapeError("[losses] no two rows of the batch are of one group");
  if (!all.negative.any().item<bool>()) throw ShapeError("[losses] all rows of the batch are of one group");
  PairMasks pairs = all;
  if (rule.domain_negatives == DomainNegatives::kPaired) {
    require_labels("losses", "domains", z_, labels_.domains);
    pairs = paired_domain_pairs(labels_.groups, labels_.domains);
  }
  pairs = narrowed(std::move(pairs), rule.negatives);
  return {pairs.positive.to(z_.device()), pairs.negative.to(z_.device())};
}

PairMasks BatchPairs::narrowed(PairMasks pairs, Negatives negatives) const {
  switch (negatives) {
    case Negatives::kOtherGroups:
      break;
    case Negatives::kOtherSongs:
      require_labels("losses", "songs", z_, labels_.songs);
      return other_song_pairs(std::move(pairs), labels_.songs);
    case Negatives::kOtherStretches: {
      const torch::Tensor& same = labels_.same_melody;
      if (!same.defined() || same.sizes() != pairs.negative.sizes() || same.scalar_type() != torch::kBool)
        throw ShapeError("[losses] needs same_melody, a mask [B, B] over the batch");
      return other_stretch_pairs(std::move(pairs), same);
    }
  }
  return pairs;
}

}  // namespace melomine::losses
