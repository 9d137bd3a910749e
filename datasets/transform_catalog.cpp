#include "datasets/clip_transform.h"

namespace melomine::datasets {

const configs::Catalogue& TransformKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(hum),
      MELOMINE_KIND(low_pass),
      MELOMINE_KIND(mix),
      MELOMINE_KIND(noise),
      MELOMINE_KIND(pitch_shift),
      MELOMINE_KIND(reverb),
      MELOMINE_KIND(splice_out),
      MELOMINE_KIND(time_dropout),
      MELOMINE_KIND(time_stretch),
      MELOMINE_KIND(trim),
  };
  // clang-format on
  static const configs::Catalogue catalogue("clip transform", kinds);
  return catalogue;
}

}  // namespace melomine::datasets
