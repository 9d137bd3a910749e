#pragma once

#include <cstdint>
#include <span>

#include "configs/binder.h"
#include "dsp/contour.h"
#include "dsp/midi.h"

namespace melomine::melody {

/// A melody as an image: a ridge along its pitch, which is what the activation of a pitch network (CREPE: 20
/// cents a bin, targets of 25 cents sd) looks like.
struct RidgeConfig {
  int64_t bins = 180;             ///< 3 octaves of CREPE's bins
  double bins_per_octave = 60;    ///< 20 cents a bin
  double fmin_midi = 47;          ///< pitch of bin 0, unless centred
  double width_semitones = 0.25;  ///< standard deviation of the ridge
  bool centred = true;  ///< the mean pitch of what is drawn lies in the middle, between or on the middle bins
};
void bind(configs::Binder& b, RidgeConfig& c);

/// Frames [first, first + frames) as an image [bins, frames]: exp(-d² / 2 width²) at distance d from the
/// pitch, 0 from 4 widths on, and in frames in which nothing is sung.
/// @param image  [bins * frames]
/// @throws ShapeError for an image of another size
void draw_ridge(const dsp::Contour& contour, int64_t first, int64_t frames, const RidgeConfig& config,
                std::span<float> image);

/// The same straight from notes: as of dsp::contour_of(notes, hop_s), which is not made.
/// @throws ConfigError unless hop_s > 0
void draw_ridge(std::span<const dsp::Note> notes, double hop_s, int64_t first, int64_t frames,
                const RidgeConfig& config, std::span<float> image);

}  // namespace melomine::melody
