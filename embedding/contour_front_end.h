#pragma once

#include "datasets/front_end.h"
#include "dsp/contour.h"
#include "pitch/f0.h"

namespace melomine::embedding {

/// A recording as the melody that is sung in it: the image [2, L] of dsp::draw_contour.
struct ContourFrontEnd {
  pitch::F0Config f0;  ///< not asked where a score has notes
  double hop_s = 0.1;  ///< between frames of the contour
  dsp::ContourView view;
  datasets::WindowConfig window{.length_s = 2.8, .step_s = 0.2, .context_s = 0};
  /// Windows of which a smaller share is sung count for nothing in searches; 0: all count. Without effect
  /// where rests are removed.
  double min_voiced = 0.5;
};
void bind(configs::Binder& b, ContourFrontEnd& c);

/// round(W / hop): the frames L of one window.
int64_t window_frames(const ContourFrontEnd& front_end);

}  // namespace melomine::embedding
