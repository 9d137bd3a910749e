#include "dsp/f0.h"

#include <algorithm>
#include <vector>

#include "core/registry.h"
#include "dsp/pyin.h"
#include "dsp/yin.h"

namespace melomine::dsp {
namespace {

using Tracker = F0Track (*)(std::span<const float>, int, const F0Config&);

/// The first dip below the threshold, else unvoiced (the paper's step 4).
F0Track track_yin(std::span<const float> samples, int sample_rate_hz, const F0Config& config) {
  const YinGrid grid = yin_grid(static_cast<int64_t>(samples.size()), sample_rate_hz, config);
  F0Track track{config.hop_s, {}, {}};
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
                                     [&](const YinDip& dip) { return dip.depth < config.yin_threshold; });
    if (chosen != dips.end()) track.f0_hz[t] = static_cast<float>(grid.sample_rate_hz / chosen->lag);
  });
  return track;
}

const Registry<Tracker>& trackers() {
  static const Registry<Tracker> registry("f0 tracker", {{"pyin", track_pyin}, {"yin", track_yin}});
  return registry;
}

}  // namespace

void bind(configs::Binder& b, F0Config& c) {
  b.choice("tracker", c.tracker, trackers().names(), "how the fundamental frequency is found");
  b.number("fmin_hz", c.fmin_hz, configs::above(0), "lowest pitch, Hz");
  b.number("fmax_hz", c.fmax_hz, configs::above(0),
           "highest pitch, Hz; at most a quarter of the sample rate");
  b.number("hop_s", c.hop_s, configs::above(0), "between frame centres, s");
  b.integer("frame_samples", c.frame_samples, configs::at_least(16),
            "integration window in samples of 16 kHz (scaled to other rates); must hold a period of fmin_hz");
  b.number("yin_threshold", c.yin_threshold, configs::between(0, 1),
           "yin only: a frame is voiced when its aperiodicity is below this");
  b.require(c.fmin_hz < c.fmax_hz, "fmin_hz", "must be below fmax_hz");
}

F0Track track_f0(std::span<const float> samples, int sample_rate_hz, const F0Config& config) {
  return trackers().get(config.tracker)(samples, sample_rate_hz, config);
}

}  // namespace melomine::dsp
