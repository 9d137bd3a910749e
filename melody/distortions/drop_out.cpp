#include "melody/distortions/drop_out.h"

namespace melomine::melody {

void bind(configs::Binder& b, DropOutConfig& c) {
  b.number("max_share", c.max_share, configs::between(0, 1), "largest share of the frames that are lost");
}

configs::KindEntry drop_out_kind() {
  return configs::kind<DistortionKindOf<DropOutConfig>>("drop_out", "single frames are lost");
}

void distort(CentredContour& centred, const DropOutConfig& config, RandomStream& random) {
  dsp::Contour& contour = centred.contour;
  const double share = random.uniform(0, config.max_share);
  for (size_t t = 0; t < contour.voiced.size(); ++t) {
    if (!random.chance(share)) continue;
    contour.pitch_midi[t] = 0;
    contour.voiced[t] = 0;
  }
}

}  // namespace melomine::melody
