#include "melody/distortions/key.h"

namespace melomine::melody {

void bind(configs::Binder& b, KeyConfig& c) {
  b.number("semitones", c.semitones, configs::between(0, 48), "pitch moves by up to this, either way");
}

configs::KindEntry key_kind() {
  return configs::kind<DistortionKindOf<KeyConfig>>("key", "all of it in another key");
}

void distort(CentredContour& centred, const KeyConfig& config, RandomStream& random) {
  dsp::Contour& contour = centred.contour;
  const auto shift = static_cast<float>(random.uniform(-config.semitones, config.semitones));
  for (size_t t = 0; t < contour.voiced.size(); ++t)
    if (contour.voiced[t] != 0) contour.pitch_midi[t] += shift;
}

}  // namespace melomine::melody
