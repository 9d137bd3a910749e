#include "datasets/transforms/trim.h"

#include <algorithm>
#include <cmath>

namespace melomine::datasets {
namespace {

class Trim : public ClipEffect {
 public:
  Trim(const TrimConfig& config, RandomStream& random)
      : head_s_(random.uniform(0, config.max_head_s)), tail_s_(random.uniform(0, config.max_tail_s)) {}
  void sing(std::span<float> clip, const ClipContext& context) const override {
    const auto count = static_cast<int64_t>(clip.size());
    const auto [head, left] =
        trimmed(head_s_, tail_s_, count, context.margin_samples, context.sample_rate_hz);
    std::copy(clip.begin() + head, clip.end(), clip.begin());
    std::fill(clip.begin() + left, clip.end(), 0.0F);
  }
  std::vector<double> numbers() const override { return {head_s_, tail_s_}; }

 private:
  double head_s_, tail_s_;
};

}  // namespace

Trimmed trimmed(double head_s, double tail_s, int64_t count, int64_t margin_samples, int sample_rate_hz) {
  const int64_t head = std::min<int64_t>(count, std::llround(head_s * sample_rate_hz));
  const int64_t tail = std::llround(tail_s * sample_rate_hz);
  if (head + tail == 0) return {0, count};
  // What stood behind the window must not move into it: silence begins where the window ended.
  return {head, std::max<int64_t>(0, count - margin_samples - head - tail)};
}

void bind(configs::Binder& b, TrimConfig& c) {
  b.number("max_head_s", c.max_head_s, configs::between(0, 60), "most that the beginning loses, s");
  b.number("max_tail_s", c.max_tail_s, configs::between(0, 60), "most that the end loses, s");
}

configs::KindEntry trim_kind() {
  return configs::kind<TransformKindOf<Trim, TrimConfig>>("trim", "head and tail are cut off");
}

}  // namespace melomine::datasets
