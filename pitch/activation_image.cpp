#include "pitch/activation_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "pitch/crepe_weights.h"

namespace melomine::pitch {
namespace {

constexpr double kBinsPerRow = static_cast<double>(kTrimmedBins) / kImageRows;

/// Sums of the bins below an edge: entry b is that of bins [0, b).
using BinSums = std::array<double, kCrepeBins + 1>;

/// What lies below an edge, which may cut a bin; bin b lies between the edges b and b + 1.
double below(const BinSums& sums, double edge) {
  const double inside = std::clamp(edge, 0.0, static_cast<double>(kCrepeBins));
  const auto whole = std::min(static_cast<int64_t>(inside), kCrepeBins - 1);
  const auto bin = static_cast<size_t>(whole);
  return sums[bin] + (inside - static_cast<double>(whole)) * (sums[bin + 1] - sums[bin]);
}

bool is_inside(const Activation& activation, int64_t frame) {
  return frame >= 0 && frame < activation.frames();
}

BinSums sums_of_column(const Activation& activation, std::span<const int64_t> frames) {
  BinSums sums{};
  for (const int64_t t : frames) {
    if (!is_inside(activation, t)) continue;
    const auto frame = activation.frame(t);
    for (size_t bin = 0; bin < frame.size(); ++bin) sums[bin + 1] += frame[bin];
  }
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  return sums;
}

}  // namespace

double draw_activation(const Activation& activation, std::span<const int64_t> frames, double voicing,
                       std::span<float> image) {
  const auto columns = static_cast<int64_t>(frames.size()) / kFramesPerColumn;
  if (columns < 1 || static_cast<int64_t>(frames.size()) % kFramesPerColumn != 0 ||
      static_cast<int64_t>(image.size()) != kImageRows * columns)
    throw ShapeError(
        fmt::format("[crepe] {} frames do not make an image of {} values: {} rows, a column is {} frames",
                    frames.size(), image.size(), kImageRows, kFramesPerColumn));
  std::fill(image.begin(), image.end(), 0.0f);
  double sum = 0;
  int64_t sung = 0;
  for (const int64_t t : frames) {
    const double pitch = is_inside(activation, t) ? pitch_bin(activation.frame(t), voicing) : -1;
    if (pitch < 0) continue;
    sum += pitch;
    ++sung;
  }
  if (sung == 0) return 0;
  // The middle of bin b is the edge b + 1/2.
  const double bottom = sum / static_cast<double>(sung) + 0.5 - 0.5 * static_cast<double>(kTrimmedBins);
  const double scale = 1 / (kActivationTop * static_cast<double>(kFramesPerColumn) * kBinsPerRow);
  for (int64_t column = 0; column < columns; ++column) {
    const BinSums sums = sums_of_column(
        activation, frames.subspan(static_cast<size_t>(column * kFramesPerColumn), kFramesPerColumn));
    double lower = below(sums, bottom);
    for (int64_t row = 0; row < kImageRows; ++row) {
      const double upper = below(sums, bottom + kBinsPerRow * static_cast<double>(row + 1));
      image[static_cast<size_t>(row * columns + column)] = static_cast<float>(scale * (upper - lower));
      lower = upper;
    }
  }
  return static_cast<double>(sung) / static_cast<double>(frames.size());
}

double draw_activation(const Activation& activation, int64_t first, int64_t columns, double voicing,
                       std::span<float> image) {
  std::vector<int64_t> frames(static_cast<size_t>(std::max<int64_t>(0, columns * kFramesPerColumn)));
  std::iota(frames.begin(), frames.end(), first);
  return draw_activation(activation, frames, voicing, image);
}

}  // namespace melomine::pitch
