#include "models/encoder_config.h"

namespace melomine::models {

const configs::Catalogue& EncoderKind::catalogue() {
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(resnet18),
  };
  static const configs::Catalogue catalogue("encoder", kinds);
  return catalogue;
}

}  // namespace melomine::models
