#include "melody/distortions/pitch_noise.h"

#include <algorithm>
#include <cmath>

namespace melomine::melody {

void bind(configs::Binder& b, PitchNoiseConfig& c) {
  b.number("semitones", c.semitones, configs::between(0, 12), "sd of a piece's error");
  b.number("min_length_s", c.min_length_s, configs::above(0), "shortest piece");
  b.number("max_length_s", c.max_length_s, configs::above(0), "longest piece");
  b.require(c.min_length_s <= c.max_length_s, "min_length_s", "must not be above max_length_s");
}

configs::KindEntry pitch_noise_kind() {
  return configs::kind<DistortionKindOf<PitchNoiseConfig>>("pitch_noise",
                                                           "pieces are out of tune, each in its own way");
}

void distort(CentredContour& centred, const PitchNoiseConfig& config, RandomStream& random) {
  dsp::Contour& contour = centred.contour;
  for (int64_t begin = 0, end = 0; begin < contour.frames(); begin = end) {
    const double length_s = random.uniform(config.min_length_s, config.max_length_s);
    end = std::min(contour.frames(), begin + std::max<int64_t>(1, std::llround(length_s / contour.hop_s)));
    const auto error = static_cast<float>(random.normal(0, config.semitones));
    for (auto t = static_cast<size_t>(begin); t < static_cast<size_t>(end); ++t)
      if (contour.voiced[t] != 0) contour.pitch_midi[t] += error;
  }
}

}  // namespace melomine::melody
