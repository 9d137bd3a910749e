#include "models/encoder_config.h"

namespace melomine::models {

const configs::Catalogue& EncoderKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(conformer),
      MELOMINE_KIND(resnet18),
  };
  // clang-format on
  static const configs::Catalogue catalogue("encoder", kinds);
  return catalogue;
}

}  // namespace melomine::models
