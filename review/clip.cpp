#include "review/clip.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "core/error.h"
#include "dsp/contour.h"
#include "dsp/time_stretch.h"

namespace melomine::review {
namespace {

/// Longer fragments than any that is mined are cut.
constexpr double kLongestClip_s = 60;
constexpr size_t kPeaks = 400;
constexpr double kCurveHop_s = 0.02;
/// Level of the loudest sample, and most that a clip is amplified by.
constexpr float kLevel = 0.7F, kMostGain = 30;

std::vector<float> peaks_of(std::span<const float> samples) {
  std::vector<float> peaks(std::min(kPeaks, samples.size()));
  for (size_t i = 0; i < peaks.size(); ++i) {
    const size_t begin = i * samples.size() / peaks.size(), end = (i + 1) * samples.size() / peaks.size();
    for (size_t s = begin; s < end; ++s) peaks[i] = std::max(peaks[i], std::abs(samples[s]));
  }
  const float largest = peaks.empty() ? 0 : *std::max_element(peaks.begin(), peaks.end());
  if (largest > 0)
    for (float& peak : peaks) peak /= largest;
  return peaks;
}

}  // namespace

PairClips::PairClips(const datasets::AudioStore& store, const pitch::F0Config& f0)
    : store_(store), tracker_(pitch::make_tracker(f0)) {}

size_t PairClips::index_of(const std::string& recording_id) const {
  const int64_t index = store_.find(recording_id);
  if (index < 0) throw DataError("shards", recording_id, "is not in them");
  return static_cast<size_t>(index);
}

dsp::AudioBuffer PairClips::clip(const Pair& pair, Side side, bool in_step) const {
  const bool is_original = side == Side::kOriginal;
  const TimeInterval& interval = is_original ? pair.original : pair.place;
  const int rate = store_.sample_rate_hz();
  dsp::AudioBuffer clip{.samples = {}, .sample_rate_hz = rate};
  clip.samples = store_.read(index_of(is_original ? pair.original_id : pair.recording_id),
                             std::llround(interval.start_s * rate),
                             std::llround(std::min(interval.duration_s(), kLongestClip_s) * rate));
  if (in_step && !is_original)
    clip.samples = dsp::time_stretch(clip.samples, std::clamp(1 / pair.tempo_ratio(), 0.25, 4.0), rate);
  float peak = 0;
  for (const float x : clip.samples) peak = std::max(peak, std::abs(x));
  const float gain = peak > 0 ? std::min(kLevel / peak, kMostGain) : 1;
  for (float& x : clip.samples) x *= gain;
  return clip;
}

Drawing PairClips::drawing(const Pair& pair, Side side) const {
  const dsp::AudioBuffer audio = clip(pair, side);
  Drawing drawing{.peaks = peaks_of(audio.samples), .semitones = {}};
  const dsp::Contour contour =
      dsp::contour_of(tracker_->track(audio.samples, audio.sample_rate_hz), kCurveHop_s);
  drawing.semitones = contour.pitch_midi;
  for (float& pitch : drawing.semitones)
    if (pitch <= 0) pitch = std::numeric_limits<float>::quiet_NaN();
  return drawing;
}

std::string PairClips::title(const std::string& recording_id) const {
  const datasets::Recording& recording = store_.at(index_of(recording_id)).recording;
  if (recording.title.empty()) return recording_id;
  return recording.artist.empty() ? recording.title : recording.artist + " \u2013 " + recording.title;
}

}  // namespace melomine::review
