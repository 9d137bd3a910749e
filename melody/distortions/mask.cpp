#include "melody/distortions/mask.h"

#include <algorithm>
#include <cmath>

namespace melomine::melody {

void bind(configs::Binder& b, MaskConfig& c) {
  b.integer("stretches", c.stretches, configs::between(1, 100), "so many at most, from 1 on");
  b.number("max_length_s", c.max_length_s, configs::at_least(0), "longest stretch");
}

configs::KindEntry mask_kind() {
  return configs::kind<DistortionKindOf<MaskConfig>>("mask", "stretches are hidden");
}

void distort(CentredContour& centred, const MaskConfig& config, RandomStream& random) {
  dsp::Contour& contour = centred.contour;
  if (contour.frames() == 0) return;
  const int64_t stretches = 1 + random.integer(config.stretches);
  for (int64_t n = 0; n < stretches; ++n) {
    const int64_t begin = random.integer(contour.frames());
    const int64_t length = std::llround(random.uniform(0, config.max_length_s) / contour.hop_s);
    const int64_t end = std::min(contour.frames(), begin + length);
    std::fill(contour.pitch_midi.begin() + begin, contour.pitch_midi.begin() + end, 0.0f);
    std::fill(contour.voiced.begin() + begin, contour.voiced.begin() + end, uint8_t{0});
  }
}

}  // namespace melomine::melody
