#include "datasets/transforms/noise.h"

#include "datasets/coloured_noise.h"

namespace melomine::datasets {
namespace {

constexpr double kMaxNoiseColour = 2;

class Noise : public ClipEffect {
 public:
  Noise(const NoiseConfig& config, RandomStream& random)
      : snr_db_(config.snr.draw(random)), colour_(random.uniform(0, kMaxNoiseColour)) {}
  void add(std::span<float> clip, const ClipContext& context) const override {
    add_noise(clip, snr_db_, colour_, context.random);
  }
  std::vector<double> numbers() const override { return {snr_db_, colour_}; }

 private:
  double snr_db_, colour_;
};

}  // namespace

void bind(configs::Binder& b, NoiseConfig& c) {
  bind_snr(b, c.snr);
}

configs::KindEntry noise_kind() {
  return configs::kind<TransformKindOf<Noise, NoiseConfig>>("noise", "coloured background noise is added");
}

void add_noise(std::span<float> clip, double snr_db, double colour, RandomStream& random) {
  mix_at_snr(clip, coloured_noise(static_cast<int64_t>(clip.size()), colour, kNoiseSlopeRate_hz, random),
             snr_db);
}

}  // namespace melomine::datasets
