#include "models/contour_input.h"

#include <sstream>

#include "core/error.h"

namespace melomine::models {

void require_contours(const char* network, const torch::Tensor& x, int64_t least) {
  if (x.dim() == 4 && x.size(0) >= 1 && x.size(1) == 1 && x.size(2) == 2 && x.size(3) >= least) return;
  std::ostringstream message;
  message << "[" << network << "] takes contours [B, 1, 2, L] of at least " << least
          << " frames, as front_end: {type: contour} shows them; got " << x.sizes();
  throw ShapeError(message.str());
}

torch::Tensor contour_input(const char* network, const torch::Tensor& x, int64_t least) {
  require_contours(network, x, least);
  const auto pitch = x.select(1, 0).select(1, 0), voicing = x.select(1, 0).select(1, 1);
  const auto voiced = voicing.clamp_max(1);  // it is 2 where a note begins
  const auto frames = x.size(3);
  const auto both = voiced.slice(1, 1) * voiced.slice(1, 0, frames - 1);
  const auto difference = (pitch.slice(1, 1) - pitch.slice(1, 0, frames - 1)) * both;
  return torch::stack({pitch, torch::constant_pad_nd(difference, {1, 0}), voicing}, 1);
}

}  // namespace melomine::models
