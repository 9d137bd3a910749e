#pragma once

#include <span>

#include "configs/binder.h"
#include "core/random.h"

namespace melomine::datasets {

/// Signal-to-noise ratios from which one is drawn uniformly, dB.
struct SnrRange {
  double min_db = 0, max_db = 0;
  double draw(RandomStream& random) const { return random.uniform(min_db, max_db); }
};
/// Its fields stand beside the others: min_snr_db, max_snr_db.
void bind_snr(configs::Binder& b, SnrRange& range);

/// Mean power below which a clip counts as silence: -120 dB of full scale.
inline constexpr double kSilencePower = 1e-12;

/// Adds `other` (repeated or cut to length) so that power(clip) / power(other) is snr_db. Silence on either
/// side leaves the clip as it is.
void mix_at_snr(std::span<float> clip, std::span<const float> other, double snr_db);

}  // namespace melomine::datasets
