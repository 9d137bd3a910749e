#include "datasets/transforms/low_pass.h"

#include <cmath>
#include <numbers>

namespace melomine::datasets {
namespace {

class LowPass : public ClipEffect {
 public:
  LowPass(const LowPassConfig& config, RandomStream& random)
      : cutoff_hz_(std::exp(random.uniform(std::log(config.min_cutoff_hz), std::log(config.max_cutoff_hz)))) {
  }
  void sing(std::span<float> clip, const ClipContext& context) const override {
    low_pass(clip, cutoff_hz_, context.sample_rate_hz);
  }
  std::vector<double> numbers() const override { return {cutoff_hz_}; }

 private:
  double cutoff_hz_;
};

}  // namespace

void bind(configs::Binder& b, LowPassConfig& c) {
  b.number("min_cutoff_hz", c.min_cutoff_hz, configs::above(0), "lowest cut-off, Hz");
  b.number("max_cutoff_hz", c.max_cutoff_hz, configs::above(0), "highest cut-off, Hz");
  b.require(c.min_cutoff_hz <= c.max_cutoff_hz, "min_cutoff_hz", "must not be above max_cutoff_hz");
}

configs::KindEntry low_pass_kind() {
  return configs::kind<TransformKindOf<LowPass, LowPassConfig>>("low_pass", "high frequencies are taken out");
}

Biquad butterworth(double cutoff_hz, int sample_rate_hz) {
  const double warped = std::tan(std::numbers::pi * cutoff_hz / sample_rate_hz);
  const double gain = 1 / (1 + std::numbers::sqrt2 * warped + warped * warped);
  return {warped * warped * gain, 2 * (warped * warped - 1) * gain,
          (1 - std::numbers::sqrt2 * warped + warped * warped) * gain};
}

void low_pass(std::span<float> clip, double cutoff_hz, int sample_rate_hz) {
  if (2 * cutoff_hz >= sample_rate_hz) return;
  const auto [b0, a1, a2] = butterworth(cutoff_hz, sample_rate_hz);
  double first = 0, second = 0;  // transposed direct form II
  for (float& sample : clip) {
    const double in = b0 * sample, out = in + first;
    first = 2 * in - a1 * out + second;
    second = in - a2 * out;
    sample = static_cast<float>(out);
  }
}

}  // namespace melomine::datasets
