#include "melody/distortions/tempo.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace melomine::melody {

void bind(configs::Binder& b, TempoConfig& c) {
  b.integer("pieces", c.pieces, configs::between(1, 1000), "pieces of a tempo each");
  b.number("min_rate", c.min_rate, configs::between(0.1, 10), "slowest tempo, relative");
  b.number("max_rate", c.max_rate, configs::between(0.1, 10), "fastest tempo, relative");
  b.require(c.min_rate <= c.max_rate, "min_rate", "must not be above max_rate");
}

configs::KindEntry tempo_kind() {
  return configs::kind<DistortionKindOf<TempoConfig>>("tempo", "the tempo changes from piece to piece");
}

void distort(CentredContour& centred, const TempoConfig& config, RandomStream& random) {
  const dsp::Contour old = std::move(centred.contour);
  std::vector<int64_t> cuts = {0, old.frames()};
  for (int64_t p = 1; p < config.pieces; ++p) cuts.push_back(random.integer(old.frames() + 1));
  std::sort(cuts.begin(), cuts.end());
  dsp::Contour changed{.hop_s = old.hop_s, .pitch_midi = {}, .voiced = {}, .begins = {}};
  double centre = centred.centre;
  for (size_t p = 0; p + 1 < cuts.size(); ++p) {
    const double rate = std::exp(random.uniform(std::log(config.min_rate), std::log(config.max_rate)));
    const int64_t length = cuts[p + 1] - cuts[p];
    const auto sung = std::llround(static_cast<double>(length) / rate);
    const double into = centred.centre - static_cast<double>(cuts[p]);
    const bool last = p + 2 == cuts.size();
    if (into >= 0 && (into < static_cast<double>(length) || last))
      centre = static_cast<double>(changed.frames()) + into / rate;
    int64_t seen = 0;
    for (int64_t t = 0; t < sung; ++t) {
      const auto from = static_cast<int64_t>((static_cast<double>(t) + 0.5) * rate);
      const auto source = static_cast<size_t>(cuts[p] + std::min(from, length - 1));
      changed.pitch_midi.push_back(old.pitch_midi[source]);
      changed.voiced.push_back(old.voiced[source]);
      uint8_t begun = 0;
      for (; cuts[p] + seen <= static_cast<int64_t>(source); ++seen)
        begun |= old.begun(static_cast<size_t>(cuts[p] + seen));
      changed.begins.push_back(begun);
    }
  }
  centred = {std::move(changed), centre};
}

}  // namespace melomine::melody
