#include "melody/distortions/smooth.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace melomine::melody {
namespace {

/// Moving average over 2 * reach + 1 values, fewer at the ends.
void average(std::span<float> pitch, int64_t reach) {
  const auto count = static_cast<int64_t>(pitch.size());
  std::vector<double> sums(pitch.size() + 1);
  for (size_t t = 0; t < pitch.size(); ++t) sums[t + 1] = sums[t] + pitch[t];
  for (int64_t t = 0; t < count; ++t) {
    const int64_t begin = std::max<int64_t>(0, t - reach), end = std::min(count, t + reach + 1);
    pitch[static_cast<size_t>(t)] =
        static_cast<float>((sums[static_cast<size_t>(end)] - sums[static_cast<size_t>(begin)]) /
                           static_cast<double>(end - begin));
  }
}

}  // namespace

void bind(configs::Binder& b, SmoothConfig& c) {
  b.number("max_width_s", c.max_width_s, configs::at_least(0), "widest moving average");
}

configs::KindEntry smooth_kind() {
  return configs::kind<DistortionKindOf<SmoothConfig>>("smooth", "steps become slopes");
}

void distort(CentredContour& centred, const SmoothConfig& config, RandomStream& random) {
  dsp::Contour& contour = centred.contour;
  const int64_t reach = std::llround(0.5 * random.uniform(0, config.max_width_s) / contour.hop_s);
  const auto sung = [](uint8_t voiced) { return voiced != 0; };
  const auto voiced = contour.voiced.begin(), last = contour.voiced.end();
  for (auto begin = std::find_if(voiced, last, sung); begin != last;) {
    const auto end = std::find(begin, last, uint8_t{0});
    average(std::span(contour.pitch_midi)
                .subspan(static_cast<size_t>(begin - voiced), static_cast<size_t>(end - begin)),
            reach);
    begin = std::find_if(end, last, sung);
  }
}

}  // namespace melomine::melody
