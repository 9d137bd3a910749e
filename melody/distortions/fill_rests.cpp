#include "melody/distortions/fill_rests.h"

#include <algorithm>

namespace melomine::melody {

void bind(configs::Binder& b, FillRestsConfig& c) {
  b.number("longest_s", c.longest_s, configs::at_least(0), "longer rests stay");
}

configs::KindEntry fill_rests_kind() {
  return configs::kind<DistortionKindOf<FillRestsConfig>>("fill_rests", "short rests are sung through");
}

void distort(CentredContour& centred, const FillRestsConfig& config, RandomStream&) {
  dsp::Contour& contour = centred.contour;
  const auto sung = [](uint8_t voiced) { return voiced != 0; };
  auto rest = std::find_if(contour.voiced.begin(), contour.voiced.end(), sung);
  while (true) {
    rest = std::find(rest, contour.voiced.end(), uint8_t{0});
    const auto next = std::find_if(rest, contour.voiced.end(), sung);
    if (next == contour.voiced.end()) return;
    if (static_cast<double>(next - rest) * contour.hop_s <= config.longest_s) {
      const auto first = contour.pitch_midi.begin() + (rest - contour.voiced.begin());
      std::fill(first, first + (next - rest), *(first - 1));
      std::fill(rest, next, uint8_t{1});
    }
    rest = next;
  }
}

}  // namespace melomine::melody
