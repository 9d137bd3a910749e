#include "configs/older.h"
#include "pitch/f0.h"
#include "pitch/track_store.h"

namespace melomine::pitch {

const configs::Catalogue& F0Kind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(crepe),
      MELOMINE_KIND(pyin),
      MELOMINE_KIND(table),
      MELOMINE_KIND(yin),
  };
  // clang-format on
  static const configs::Catalogue catalogue("f0 tracker", kinds);
  return catalogue;
}

void bind(configs::Binder& b, F0Config& c) {
  configs::renamed(b, "tracker", "type");
  configs::renamed(b, "yin_threshold", "threshold");
  configs::once_of_every_type(b, {"fmin_hz", "fmax_hz", "hop_s", "frame_samples", "threshold"});
  b.variant(c.tracker);
  b.number("fmin_hz", c.range.fmin_hz, configs::above(0), "lowest pitch, Hz");
  b.number("fmax_hz", c.range.fmax_hz, configs::above(0),
           "highest pitch, Hz; at most a quarter of the sample rate");
  b.number("hop_s", c.range.hop_s, configs::above(0), "between frame centres, s");
  b.integer("frame_samples", c.range.frame_samples, configs::at_least(16),
            "integration window in samples of 16 kHz (scaled to other rates); must hold a period of fmin_hz");
  b.field({.key = "cache",
           .target = &c.cache,
           .doc = "folder in which tracks are kept and found again; empty: none",
           .sparse = true});
  b.require(c.range.fmin_hz < c.range.fmax_hz, "fmin_hz", "must be below fmax_hz");
}

std::unique_ptr<F0Tracker> make_tracker(const F0Config& config) {
  std::unique_ptr<F0Tracker> tracker = config.tracker->make(config.range);
  if (config.cache.empty() || !config.tracker->is_worth_storing()) return tracker;
  return std::make_unique<CachedTracker>(std::move(tracker), config);
}

dsp::F0Track track_f0(std::span<const float> samples, int sample_rate_hz, const F0Config& config) {
  return make_tracker(config)->track(samples, sample_rate_hz);
}

}  // namespace melomine::pitch
