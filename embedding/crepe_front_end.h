#pragma once

#include <filesystem>

#include "datasets/front_end.h"

namespace melomine::embedding {

/// What CREPE hears while an encoder learns.
enum class CrepeHears {
  kClips,       ///< each clip as it was augmented (Amatov et al. 2023)
  kRecordings,  ///< whole recordings, once; clips are put together of their frames
};

/// A recording as CREPE's activation: the image [80, T/4] of pitch::draw_activation.
struct CrepeFrontEnd {
  std::filesystem::path weights;  ///< as published for Keras (HDF5) or PyTorch
  CrepeHears hears = CrepeHears::kClips;
  std::filesystem::path cache{};  ///< folder of activations of recordings; empty: none
  double voicing = 0.5;           ///< activation from which a frame counts for the mean pitch
  double min_voiced = 0.5;  ///< windows of which a smaller share has a pitch count for nothing in searches
  datasets::WindowConfig window{.length_s = 3, .step_s = 0.25, .context_s = 0.04};
};
void bind(configs::Binder& b, CrepeFrontEnd& c);

/// round(W · 25): the columns of one window.
int64_t window_columns(const CrepeFrontEnd& front_end);

}  // namespace melomine::embedding
