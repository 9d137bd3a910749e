#include "losses/loss.h"

#include <sstream>
#include <string>
#include <vector>

#include "core/error.h"

namespace melomine::losses {
namespace {

template <class... Parts>
[[noreturn]] void fail(const char* loss, const Parts&... parts) {
  std::ostringstream message;
  message << '[' << loss << "] ";
  (message << ... << parts);
  throw ShapeError(message.str());
}

}  // namespace

PairMasks group_pairs(const torch::Tensor& groups) {
  const auto same = groups.unsqueeze(1) == groups.unsqueeze(0);
  const auto self = torch::eye(groups.size(0), same.options());
  return {same.logical_xor(self), same.logical_not()};
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

void require_fingerprints(const char* loss, const torch::Tensor& z) {
  if (!z.defined() || z.dim() != 2 || z.size(0) < 1 || !z.is_floating_point())
    fail(loss, "takes fingerprints [B, D], got ", z.defined() ? z.sizes() : torch::IntArrayRef{});
}

void require_labels(const char* loss, const char* field, const torch::Tensor& z, const torch::Tensor& labels,
                    int64_t classes) {
  if (!labels.defined()) fail(loss, "needs ", field, ", which the batch does not have");
  if (labels.dim() != 1 || labels.size(0) != z.size(0) || labels.scalar_type() != torch::kInt64)
    fail(loss, field, " must be int64 [", z.size(0), "], got ", labels.scalar_type(), ' ', labels.sizes());
  if (classes == 0) return;
  const auto low = labels.min().item<int64_t>(), high = labels.max().item<int64_t>();
  if (low < 0 || high >= classes)
    fail(loss, field, " must lie in 0 … ", classes - 1, ", got ", low < 0 ? low : high);
}

PairMasks pairs_of(const char* loss, const LossInput& input) {
  require_fingerprints(loss, input.z);
  if (input.groups.defined() || !input.mined) require_labels(loss, "groups", input.z, input.groups);
  PairMasks pairs;
  if (input.groups.defined()) {
    pairs = group_pairs(input.groups);
    if (!pairs.positive.any().item<bool>()) fail(loss, "no two rows of the batch are of one group");
  }
  if (input.mined) {
    const std::vector<int64_t> square{input.z.size(0), input.z.size(0)};
    if (input.mined->positive.sizes() != square || input.mined->negative.sizes() != square)
      fail(loss, "mined pairs must be masks [B, B] over the batch");
    return *input.mined;
  }
  return pairs;
}

torch::Tensor zero_loss(const torch::Tensor& z) {
  return z.sum() * 0;
}

}  // namespace melomine::losses
