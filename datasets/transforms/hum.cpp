#include "datasets/transforms/hum.h"

#include <cmath>

#include "datasets/hum_filter.h"

namespace melomine::datasets {
namespace {

class Hum : public ClipEffect {
 public:
  Hum(const HumConfig& config, RandomStream& random)
      : cutoff_hz_(std::exp(random.uniform(std::log(config.min_cutoff_hz), std::log(config.max_cutoff_hz)))) {
  }
  void sing(std::span<float> clip, const ClipContext& context) const override {
    if (is_sung(context.kind)) hum_filter(clip, cutoff_hz_, context.sample_rate_hz);
  }
  std::vector<double> numbers() const override { return {cutoff_hz_}; }

 private:
  double cutoff_hz_;
};

}  // namespace

void bind(configs::Binder& b, HumConfig& c) {
  b.number("min_cutoff_hz", c.min_cutoff_hz, configs::above(0), "lowest cut-off of a hummed clip, Hz");
  b.number("max_cutoff_hz", c.max_cutoff_hz, configs::above(0), "highest cut-off of a hummed clip, Hz");
  b.require(c.min_cutoff_hz <= c.max_cutoff_hz, "min_cutoff_hz", "must not be above max_cutoff_hz");
}

configs::KindEntry hum_kind() {
  return configs::kind<TransformKindOf<Hum, HumConfig>>("hum", "singing is made to sound like humming");
}

}  // namespace melomine::datasets
