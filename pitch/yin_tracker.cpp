#include "pitch/yin_tracker.h"

#include <algorithm>

#include "pitch/yin.h"

namespace melomine::pitch {

void bind(configs::Binder& b, YinConfig& c) {
  b.number("threshold", c.threshold, configs::between(0, 1),
           "a frame is voiced when its aperiodicity is below this");
}

configs::KindEntry yin_kind() {
  return configs::kind<F0KindOf<YinTracker, YinConfig>>("yin", "YIN: the first dip below a threshold");
}

dsp::F0Track YinTracker::track(std::span<const float> samples, int sample_rate_hz) const {
  const YinGrid grid = yin_grid(static_cast<int64_t>(samples.size()), sample_rate_hz, range_);
  dsp::F0Track track{range_.hop_s, {}, {}};
  track.f0_hz.resize(static_cast<size_t>(grid.frames));
  track.probability.resize(track.f0_hz.size());
  std::vector<YinDip> dips;
  for_each_yin_frame(samples, grid, [&](const YinFrame& frame) {
    find_yin_dips(frame, grid, dips);
    const auto t = static_cast<size_t>(frame.index);
    double deepest = 1;
    for (const YinDip& dip : dips) deepest = std::min(deepest, dip.depth);
    track.probability[t] = static_cast<float>(1 - deepest);
    const auto chosen = std::find_if(dips.begin(), dips.end(),
                                     [&](const YinDip& dip) { return dip.depth < config_.threshold; });
    if (chosen != dips.end()) track.f0_hz[t] = static_cast<float>(grid.sample_rate_hz / chosen->lag);
  });
  return track;
}

}  // namespace melomine::pitch
