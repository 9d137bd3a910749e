#include "melody/distortion.h"

namespace melomine::melody {

const configs::Catalogue& DistortionKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(absurd_notes),
      MELOMINE_KIND(drop_out),
      MELOMINE_KIND(fill_rests),
      MELOMINE_KIND(key),
      MELOMINE_KIND(mask),
      MELOMINE_KIND(pitch_noise),
      MELOMINE_KIND(pitch_spread),
      MELOMINE_KIND(smooth),
      MELOMINE_KIND(tempo),
  };
  // clang-format on
  static const configs::Catalogue catalogue("contour distortion", kinds);
  return catalogue;
}

}  // namespace melomine::melody
