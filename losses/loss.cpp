#include "losses/loss.h"

#include <sstream>
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

void require_fingerprints(const char* loss, const torch::Tensor& z) {
  if (!z.defined() || z.dim() != 2 || z.size(0) < 1 || !z.is_floating_point())
    fail(loss, "takes fingerprints [B, D], got ", z.defined() ? z.sizes() : torch::IntArrayRef{});
}

torch::Tensor require_labels(const char* loss, const char* field, const torch::Tensor& z,
                             const torch::Tensor& labels, int64_t classes) {
  require_fingerprints(loss, z);
  if (!labels.defined()) fail(loss, "needs ", field, ", which the batch does not have");
  if (labels.dim() != 1 || labels.size(0) != z.size(0) || labels.scalar_type() != torch::kInt64)
    fail(loss, field, " must be int64 [", z.size(0), "], got ", labels.scalar_type(), ' ', labels.sizes());
  if (classes != 0) {
    const auto low = labels.min().item<int64_t>(), high = labels.max().item<int64_t>();
    if (low < 0 || high >= classes)
      fail(loss, field, " must lie in 0 … ", classes - 1, ", got ", low < 0 ? low : high);
  }
  return labels.to(z.device());
}

void require_pairs(const char* loss, const LossInput& input) {
  require_fingerprints(loss, input.z);
  const std::vector<int64_t> square{input.z.size(0), input.z.size(0)};
  for (const auto& mask : {input.pairs.positive, input.pairs.negative})
    if (!mask.defined() || mask.sizes() != square || mask.scalar_type() != torch::kBool)
      fail(loss, "needs pairs: masks [B, B] over the batch");
}

torch::Tensor mean_over(const torch::Tensor& sum, const torch::Tensor& count, const torch::Tensor& z) {
  return torch::where(count > 0, sum / count.clamp_min(1), z.sum() * 0);
}

}  // namespace melomine::losses
