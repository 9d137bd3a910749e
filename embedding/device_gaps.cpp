#include "embedding/device_gaps.h"

#include <algorithm>

#include "datasets/transforms/time_dropout.h"
#include "datasets/transforms/trim.h"

namespace melomine::embedding {
namespace {

torch::Tensor moments_of(const torch::Tensor& clips) {
  return torch::arange(clips.size(1), torch::TensorOptions(torch::kInt64).device(clips.device()));
}

}  // namespace

torch::Tensor with_gaps(const torch::Tensor& clips, const EffectCall& call) {
  const auto rows = static_cast<int64_t>(call.drawn.clips.size());
  size_t most = 0;
  for (const auto& numbers : call.drawn.numbers) most = std::max(most, numbers.size() / 2);
  auto ranges = torch::zeros({static_cast<int64_t>(most), 2, rows, 1}, torch::kInt64);
  auto values = ranges.accessor<int64_t, 4>();
  for (int64_t r = 0; r < rows; ++r) {
    const auto& numbers = call.drawn.numbers[static_cast<size_t>(r)];
    for (size_t g = 0; 2 * g < numbers.size(); ++g) {
      const auto [begin, length] =
          datasets::place_of({numbers[2 * g], numbers[2 * g + 1]}, clips.size(1), call.sample_rate_hz);
      values[static_cast<int64_t>(g)][0][r][0] = begin;
      values[static_cast<int64_t>(g)][1][r][0] = begin + length;
    }
  }
  ranges = ranges.to(clips.device());
  const auto moments = moments_of(clips);
  auto out = clips.clone();
  for (int64_t g = 0; g < ranges.size(0); ++g)
    out.masked_fill_((moments >= ranges[g][0]) & (moments < ranges[g][1]), 0);
  return out;
}

torch::Tensor trimmed(const torch::Tensor& clips, const EffectCall& call) {
  const auto rows = static_cast<int64_t>(call.drawn.clips.size());
  auto ranges = torch::empty({2, rows, 1}, torch::kInt64);
  auto values = ranges.accessor<int64_t, 3>();
  for (int64_t r = 0; r < rows; ++r) {
    const auto& numbers = call.drawn.numbers[static_cast<size_t>(r)];
    const auto [head, left] =
        datasets::trimmed(numbers[0], numbers[1], clips.size(1), call.margin_samples, call.sample_rate_hz);
    values[0][r][0] = head;
    values[1][r][0] = left;
  }
  ranges = ranges.to(clips.device());
  const auto moments = moments_of(clips);
  const auto from = (moments + ranges[0]).clamp_max_(clips.size(1) - 1);
  return clips.gather(1, from).masked_fill_(moments >= ranges[1], 0);
}

}  // namespace melomine::embedding
