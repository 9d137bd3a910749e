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
    const auto count = static_cast<int64_t>(clip.size());
    for (const Gap& gap : gaps_) {
      const int64_t length = std::min<int64_t>(count, std::llround(gap.duration_s * context.sample_rate_hz));
      const auto begin = static_cast<int64_t>(gap.position * static_cast<double>(count - length + 1));
      std::fill_n(clip.begin() + begin, length, 0.0F);
    }
  }

 private:
  struct Gap {
    double position;  ///< in [0, 1), among the places where it lies inside the clip
    double duration_s;
  };
  std::vector<Gap> gaps_;
};

}  // namespace

void bind(configs::Binder& b, TimeDropoutConfig& c) {
  b.integer("max_times", c.max_times, configs::between(1, 1000), "most gaps in a clip; the least is 1");
  b.number("max_s", c.max_s, configs::between(0, 60), "longest gap, s");
}

configs::KindEntry time_dropout_kind() {
  return configs::kind<TransformKindOf<TimeDropout, TimeDropoutConfig>>("time_dropout",
                                                                        "short gaps without sound");
}

}  // namespace melomine::datasets
