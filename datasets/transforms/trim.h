#pragma once

#include "datasets/clip_transform.h"

namespace melomine::datasets {

/// A clip that begins later and ends earlier: what is left moves to the window's beginning, and silence fills
/// the rest, as in Hum2Song's public code, which cuts spectrograms: head and tail of up to 63 frames each, or
/// up to 252 frames of the end alone. Its numbers: head and tail, s.
struct TrimConfig {
  double max_head_s = 1;  ///< taken from the beginning, uniform up to this
  double max_tail_s = 1;  ///< taken from the end, uniform up to this
};
void bind(configs::Binder& b, TrimConfig& c);

/// What is left of a clip: its samples from `head` on, `left` of them, then silence.
struct Trimmed {
  int64_t head = 0, left = 0;
};
/// @param margin_samples  at the clip's end, behind the window
Trimmed trimmed(double head_s, double tail_s, int64_t count, int64_t margin_samples, int sample_rate_hz);

}  // namespace melomine::datasets
