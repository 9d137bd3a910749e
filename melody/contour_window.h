#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dsp/contour.h"
#include "dsp/midi.h"
#include "melody/distortion.h"

namespace melomine::melody {

/// What a contour encoder sees at once. Where the view removes rests, time is sung time.
struct ContourWindow {
  double hop_s = 0.1;
  int64_t frames = 28;
  dsp::ContourView view;

  double length_s() const { return hop_s * static_cast<double>(frames); }
};

/// Of a window at least this share is voiced.
inline constexpr double kVoicedShare = 0.5;

/// The frames of a score at which windows may begin: they lie inside it and at least half voiced.
class WindowStarts {
 public:
  WindowStarts() = default;
  WindowStarts(std::span<const dsp::Note> notes, const ContourWindow& window);
  int64_t count() const { return count_; }
  /// @param i  in [0, count())
  /// @returns a frame of the contour whose rests are dealt with
  int64_t at(int64_t i) const { return listed_.empty() ? i : listed_[static_cast<size_t>(i)]; }
  /// Time that windows can cover: sung time where rests are removed.
  double length_s() const { return length_s_; }

 private:
  int64_t count_ = 0;
  double length_s_ = 0;
  std::vector<int32_t> listed_;  ///< empty: every one up to count_
};

/// The moment of a contour, in frames from its start, that the contour whose rests are dealt with has at
/// `position`.
double before_rests(const dsp::Contour& contour, dsp::Rests rests, double position);
/// The other way; a moment inside a rest that is removed goes to its end.
double behind_rests(const dsp::Contour& contour, dsp::Rests rests, double position);

/// The notes about a moment: on either side so many that they reach that far, in sung time where rests are
/// removed.
std::span<const dsp::Note> notes_about(std::span<const dsp::Note> notes, double center_s, double reach_s,
                                       dsp::Rests rests);

/// Draws the window about the contour's centre, moved by `shift_s`, as the view has it.
/// @param image  [2 * window.frames]
/// @returns whether at least half of it is voiced
bool draw_window(CentredContour centred, const ContourWindow& window, double shift_s, std::span<float> image);

}  // namespace melomine::melody
