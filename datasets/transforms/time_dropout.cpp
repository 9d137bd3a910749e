#include "datasets/transforms/time_dropout.h"

#include <algorithm>
#include <cmath>

namespace melomine::datasets {
namespace {

class TimeDropout : public ClipEffect {
 public:
  TimeDropout(const TimeDropoutConfig& config, RandomStream& random) {
    const int64_t times = 1 + random.integer(config.max_times);
    for (int64_t i = 0; i < times; ++i) {
      const double position = random.uniform();
      gaps_.push_back({position, random.uniform(0, config.max_s)});
    }
  }
  void sing(std::span<float> clip, const ClipContext& context) const override {
    for (const Gap& gap : gaps_) {
      const auto [begin, length] = place_of(gap, static_cast<int64_t>(clip.size()), context.sample_rate_hz);
      std::fill_n(clip.begin() + begin, length, 0.0F);
    }
  }
  std::vector<double> numbers() const override {
    std::vector<double> all;
    for (const Gap& gap : gaps_) all.insert(all.end(), {gap.position, gap.duration_s});
    return all;
  }

 private:
  std::vector<Gap> gaps_;
};

}  // namespace

GapPlace place_of(const Gap& gap, int64_t count, int sample_rate_hz) {
  const int64_t length = std::min<int64_t>(count, std::llround(gap.duration_s * sample_rate_hz));
  return {static_cast<int64_t>(gap.position * static_cast<double>(count - length + 1)), length};
}

void bind(configs::Binder& b, TimeDropoutConfig& c) {
  b.integer("max_times", c.max_times, configs::between(1, 1000), "most gaps in a clip; the least is 1");
  b.number("max_s", c.max_s, configs::between(0, 60), "longest gap, s");
}

configs::KindEntry time_dropout_kind() {
  return configs::kind<TransformKindOf<TimeDropout, TimeDropoutConfig>>("time_dropout",
                                                                        "short gaps without sound");
}

}  // namespace melomine::datasets
