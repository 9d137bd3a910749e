#include "melody/distortions/pitch_spread.h"

namespace melomine::melody {

void bind(configs::Binder& b, PitchSpreadConfig& c) {
  b.number("min_scale", c.min_scale, configs::between(0, 4), "narrowest, of the interval that is right");
  b.number("max_scale", c.max_scale, configs::between(0, 4), "widest");
  b.require(c.min_scale <= c.max_scale, "min_scale", "must not be above max_scale");
}

configs::KindEntry pitch_spread_kind() {
  return configs::kind<DistortionKindOf<PitchSpreadConfig>>("pitch_spread",
                                                            "intervals are too narrow or too wide");
}

void distort(CentredContour& centred, const PitchSpreadConfig& config, RandomStream& random) {
  dsp::Contour& contour = centred.contour;
  const double scale = random.uniform(config.min_scale, config.max_scale);
  double sum = 0;
  int64_t sung = 0;
  for (size_t t = 0; t < contour.voiced.size(); ++t) {
    if (contour.voiced[t] == 0) continue;
    sum += contour.pitch_midi[t];
    ++sung;
  }
  if (sung == 0) return;
  const double mean = sum / static_cast<double>(sung);
  for (size_t t = 0; t < contour.voiced.size(); ++t)
    if (contour.voiced[t] != 0)
      contour.pitch_midi[t] = static_cast<float>(mean + (contour.pitch_midi[t] - mean) * scale);
}

}  // namespace melomine::melody
