#include "models/ridge_input.h"

#include <cmath>
#include <limits>

#include "models/contour_input.h"

namespace melomine::models {
namespace {

constexpr double kRidgeReach = 4;  // widths, as melody::draw_ridge's

}  // namespace

torch::Tensor ridge_input(const char* network, const torch::Tensor& x, const RidgeImage& image) {
  require_contours(network, x, 1);
  const torch::NoGradGuard no_gradient;
  // In units of sqrt(2) widths a ridge is exp(-d²).
  const double unit = std::sqrt(2.0) * image.width, bin = image.span / static_cast<double>(image.bins);
  const auto pitch = x.select(2, 0).to(torch::kFloat32) / unit, voicing = x.select(2, 1);
  const auto centers =
      (torch::arange(image.bins, pitch.options()) - 0.5 * static_cast<double>(image.bins - 1)) * (bin / unit);
  // A rest is infinitely far from every bin.
  const auto sung = pitch.masked_fill(voicing <= 0, std::numeric_limits<float>::infinity());
  auto ridges = centers.view({1, 1, -1, 1}) - sung.unsqueeze(2);
  ridges.mul_(ridges).neg_().exp_();
  return torch::threshold_(ridges, std::exp(-0.5 * kRidgeReach * kRidgeReach), 0);
}

}  // namespace melomine::models
