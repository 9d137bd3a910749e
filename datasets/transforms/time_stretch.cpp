#include "datasets/transforms/time_stretch.h"

namespace melomine::datasets {
namespace {

class TimeStretch : public ClipEffect {
 public:
  TimeStretch(const TimeStretchConfig& config, RandomStream& random)
      : rate_(random.uniform(config.min_rate, config.max_rate)) {}
  void shape(ClipShape& shape) const override { shape.rate *= rate_; }

 private:
  double rate_;
};

}  // namespace

void bind(configs::Binder& b, TimeStretchConfig& c) {
  b.number("min_rate", c.min_rate, configs::between(0.5, 2), "slowest tempo, relative");
  b.number("max_rate", c.max_rate, configs::between(0.5, 2), "fastest tempo, relative");
  b.require(c.min_rate <= c.max_rate, "min_rate", "must not be above max_rate");
}

configs::KindEntry time_stretch_kind() {
  return configs::kind<TransformKindOf<TimeStretch, TimeStretchConfig>>("time_stretch",
                                                                        "tempo changes, pitch stays");
}

}  // namespace melomine::datasets
