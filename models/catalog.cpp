#include "models/encoder_config.h"

namespace melomine::models {

const configs::Catalogue& EncoderKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(alexnet),
      MELOMINE_KIND(conformer),
      MELOMINE_KIND(contour_cnn),
      MELOMINE_KIND(ir_resnet),
      MELOMINE_KIND(melody_dnn),
      MELOMINE_KIND(mobilenet_v2),
      MELOMINE_KIND(resnet18),
      MELOMINE_KIND(resnet34),
      MELOMINE_KIND(ridge_resnet18),
      MELOMINE_KIND(torchscript),
      MELOMINE_KIND(vgg),
  };
  // clang-format on
  static const configs::Catalogue catalogue("encoder", kinds);
  return catalogue;
}

}  // namespace melomine::models
