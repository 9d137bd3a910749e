#include "datasets/clip_samples.h"

#include <algorithm>

namespace melomine::datasets {

ClipSamples::ClipSamples(const FrontEnd& front_end)
    : front_end_(front_end), frames_(datasets::window_frames(front_end.window, front_end.features)) {}

int64_t ClipSamples::context_samples() const {
  return context_frames(front_end_.window, front_end_.features.grid) * hop_samples();
}

void ClipSamples::draw(std::span<const float> samples, int64_t first, std::span<float> image) const {
  const int64_t begin = std::max<int64_t>(0, first * hop_samples() - context_samples());
  const auto count = std::min(image.size(), samples.size() - static_cast<size_t>(begin));
  std::copy_n(samples.begin() + begin, count, image.begin());
  std::fill(image.begin() + static_cast<std::ptrdiff_t>(count), image.end(), 0.0f);
}

}  // namespace melomine::datasets
