#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace melomine::models {

/// The image of a contour as a ridge along its pitch. Lengths are in the contour's scale
/// (dsp::ContourView::scale_semitones, 5.52 semitones unless given); a bin is `span / bins` high.
struct RidgeImage {
  int64_t bins = 90;      ///< height of the image
  double span = 6.52;     ///< the same in scales: 36 semitones, so 0.4 a bin
  double width = 0.0725;  ///< standard deviation of the ridge: 0.4 semitones, one bin
};

/// Ridges of a batch of contours, drawn on their device: what melody::draw_ridge draws of the same pitches,
/// the origin of the contours' pitch in the middle, between or on the middle bins. A bin at distance d from
/// a frame's pitch is exp(-d² / 2 width²), 0 from 4 widths on, and 0 in frames that are not voiced. Where
/// notes begin is not seen. One tensor of the image's size is made; no gradient goes through.
/// @param network  for messages: "ridge_resnet18"
/// @param x        [B, 1, 2, L] as dsp::draw_contour makes them: pitch and voicing, L >= 1
/// @returns [B, 1, bins, L] float32, under autocast too
/// @throws ShapeError for another shape
torch::Tensor ridge_input(const char* network, const torch::Tensor& x, const RidgeImage& image);

}  // namespace melomine::models
