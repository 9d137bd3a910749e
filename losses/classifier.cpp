#include "losses/classifier.h"

#include <cmath>

namespace melomine::losses {
namespace {

/// Keeps the slope of (1 - p)^γ finite at p = 1 for 0 < γ < 1.
constexpr double kSmallestMiss = 1e-12;

}  // namespace

torch::Tensor classifier_weight(int64_t rows, int64_t columns, RandomStream random) {
  const double bound = 1 / std::sqrt(static_cast<double>(columns));
  auto weight = torch::empty({rows, columns}, torch::kFloat32);
  float* values = weight.data_ptr<float>();
  for (int64_t i = 0; i < weight.numel(); ++i) values[i] = static_cast<float>(random.uniform(-bound, bound));
  return weight;
}

torch::Tensor focal_cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets, double gamma,
                                  double alpha) {
  const auto log_p = torch::log_softmax(logits, 1).gather(1, targets.unsqueeze(1)).squeeze(1);
  if (gamma == 0) return -alpha * log_p.mean();
  const auto miss = (-torch::expm1(log_p)).clamp_min(kSmallestMiss);
  return -alpha * (miss.pow(gamma) * log_p).mean();
}

}  // namespace melomine::losses
