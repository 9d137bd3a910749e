#include "separation/chunks.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace melomine::separation {
namespace {

/// First samples of the chunks: the first at 0, the last one ends with the signal.
std::vector<int64_t> chunk_starts(int64_t length, int64_t chunk, int64_t overlap) {
  if (length <= chunk) return {0};
  const int64_t hop = chunk - overlap;
  const int64_t count = (length - chunk + hop - 1) / hop + 1;
  std::vector<int64_t> starts;
  for (int64_t i = 0; i < count; ++i) starts.push_back(i * (length - chunk) / (count - 1));
  return starts;
}

}  // namespace

std::vector<float> in_chunks(std::span<const float> samples, int64_t chunk, int64_t overlap,
                             const std::function<std::vector<float>(std::span<const float>)>& process) {
  if (chunk <= 0 || overlap < 0 || 2 * overlap > chunk)
    throw ConfigError(
        fmt::format("[chunks] needs 0 <= 2 overlap <= chunk, got chunk {} and overlap {}", chunk, overlap));
  const auto length = static_cast<int64_t>(samples.size());
  const std::vector<int64_t> starts = chunk_starts(length, chunk, overlap);
  std::vector<float> sum(samples.size(), 0.0f);
  std::vector<double> weights(samples.size(), 0.0);
  for (size_t n = 0; n < starts.size(); ++n) {
    const int64_t start = starts[n], count = std::min(chunk, length - start);
    const std::vector<float> out =
        process(samples.subspan(static_cast<size_t>(start), static_cast<size_t>(count)));
    if (static_cast<int64_t>(out.size()) != count)
      throw DataError(fmt::format("{} samples came of {}", out.size(), count));
    // What it shares with the chunk before it and the one behind it: one's ramp is the other's complement.
    const int64_t before = n == 0 ? 0 : starts[n - 1] + chunk - start;
    const int64_t behind = n + 1 == starts.size() ? 0 : start + chunk - starts[n + 1];
    for (int64_t i = 0; i < count; ++i) {
      double weight = 1;
      if (i < before) weight *= (static_cast<double>(i) + 0.5) / static_cast<double>(before);
      if (i >= count - behind)
        weight *= 1 - (static_cast<double>(i - (count - behind)) + 0.5) / static_cast<double>(behind);
      sum[static_cast<size_t>(start + i)] += static_cast<float>(weight * out[static_cast<size_t>(i)]);
      weights[static_cast<size_t>(start + i)] += weight;
    }
  }
  // 1 but where, of long overlaps, three chunks meet.
  for (size_t i = 0; i < sum.size(); ++i) sum[i] = static_cast<float>(sum[i] / weights[i]);
  return sum;
}

}  // namespace melomine::separation
