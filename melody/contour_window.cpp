#include "melody/contour_window.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace melomine::melody {

WindowStarts::WindowStarts(std::span<const dsp::Note> notes, const ContourWindow& window) {
  const dsp::Contour contour = dsp::with_rests(dsp::contour_of(notes, window.hop_s), window.view.rests);
  length_s_ = contour.duration_s();
  const int64_t places = std::max<int64_t>(0, contour.frames() - window.frames + 1);
  if (window.view.rests == dsp::Rests::kRemove) {
    count_ = places;
    return;
  }
  const auto least = static_cast<int64_t>(std::ceil(kVoicedShare * static_cast<double>(window.frames)));
  int64_t sung = std::count(contour.voiced.begin(),
                            contour.voiced.begin() + std::min(contour.frames(), window.frames), uint8_t{1});
  for (int64_t start = 0; start < places; ++start) {
    if (sung >= least) listed_.push_back(static_cast<int32_t>(start));
    sung -= contour.voiced[static_cast<size_t>(start)];
    if (start + 1 < places) sung += contour.voiced[static_cast<size_t>(start + window.frames)];
  }
  count_ = static_cast<int64_t>(listed_.size());
}

double before_rests(const dsp::Contour& contour, dsp::Rests rests, double position) {
  if (rests != dsp::Rests::kRemove) return position;
  const double frame = std::floor(position);
  auto left = static_cast<int64_t>(frame);
  for (size_t t = 0; t < contour.voiced.size(); ++t) {
    if (contour.voiced[t] == 0) continue;
    if (left == 0) return static_cast<double>(t) + (position - frame);
    --left;
  }
  return static_cast<double>(contour.frames());
}

double behind_rests(const dsp::Contour& contour, dsp::Rests rests, double position) {
  if (rests != dsp::Rests::kRemove) return position;
  const double frame = std::clamp(std::floor(position), 0.0, static_cast<double>(contour.frames()));
  const auto at = contour.voiced.begin() + static_cast<std::ptrdiff_t>(frame);
  const auto before = static_cast<double>(std::count(contour.voiced.begin(), at, uint8_t{1}));
  return at != contour.voiced.end() && *at != 0 ? before + (position - frame) : before;
}

std::span<const dsp::Note> notes_about(std::span<const dsp::Note> notes, double center_s, double reach_s,
                                       dsp::Rests rests) {
  const bool sung_time = rests == dsp::Rests::kRemove;
  const auto middle =
      static_cast<size_t>(std::upper_bound(notes.begin(), notes.end(), center_s,
                                           [](double s, const dsp::Note& note) { return s < note.start_s; }) -
                          notes.begin());
  size_t first = middle, last = middle;
  for (double reached_s = 0; first > 0 && reached_s < reach_s; --first) {
    const dsp::Note& note = notes[first - 1];
    if (sung_time)
      reached_s += std::max(0.0, std::min(note.end_s, center_s) - note.start_s);
    else
      reached_s = center_s - note.start_s;
  }
  const double held_s = middle > 0 ? std::max(0.0, notes[middle - 1].end_s - center_s) : 0;
  for (double reached_s = held_s; last < notes.size() && reached_s < reach_s; ++last) {
    const dsp::Note& note = notes[last];
    if (sung_time)
      reached_s += note.end_s - note.start_s;
    else
      reached_s = note.end_s - center_s;
  }
  return notes.subspan(first, last - first);
}

bool draw_window(CentredContour centred, const ContourWindow& window, double shift_s,
                 std::span<float> image) {
  const dsp::Rests rests = window.view.rests;
  const double center = behind_rests(centred.contour, rests, centred.centre) + shift_s / window.hop_s;
  const dsp::Contour contour = dsp::with_rests(std::move(centred.contour), rests);
  const int64_t first = std::llround(center - 0.5 * static_cast<double>(window.frames));
  dsp::draw_contour(contour, first, window.frames, window.view, image);
  return dsp::voiced_share(contour, first, window.frames) >= kVoicedShare;
}

}  // namespace melomine::melody
