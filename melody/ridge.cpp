#include "melody/ridge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "melody/frame_range.h"

namespace melomine::melody {
namespace {

constexpr double kRidgeReach = 4;  // widths; beyond it exp(-8) = 0.0003 and less
constexpr double kSemitones = 12;

/// Draws runs of one pitch into an image [bins, frames].
class RidgePen {
 public:
  RidgePen(const RidgeConfig& config, double bottom_midi, int64_t frames, std::span<float> image)
      : bins_(config.bins),
        bins_per_semitone_(config.bins_per_octave / kSemitones),
        width_bins_(config.width_semitones * bins_per_semitone_),
        bottom_midi_(bottom_midi),
        frames_(frames),
        image_(image) {}

  void draw(double pitch_midi, int64_t begin, int64_t end) {
    const double center = (pitch_midi - bottom_midi_) * bins_per_semitone_;
    const double reach = kRidgeReach * width_bins_;
    const auto low = static_cast<int64_t>(std::ceil(std::max(0.0, center - reach)));
    const auto high =
        static_cast<int64_t>(std::floor(std::min(static_cast<double>(bins_ - 1), center + reach)));
    const double scale = -0.5 / (width_bins_ * width_bins_);
    for (int64_t bin = low; bin <= high; ++bin) {
      const double distance = static_cast<double>(bin) - center;
      const auto value = std::exp(static_cast<float>(scale * distance * distance));
      float* const row = image_.data() + bin * frames_;
      std::fill(row + begin, row + end, value);
    }
  }

 private:
  int64_t bins_;
  double bins_per_semitone_, width_bins_, bottom_midi_;
  int64_t frames_;
  std::span<float> image_;
};

/// @param pitch  [frames] MIDI; 0 where nothing is sung
void draw_pitches(std::span<const float> pitch, const RidgeConfig& config, std::span<float> image) {
  const auto frames = static_cast<int64_t>(pitch.size());
  if (static_cast<int64_t>(image.size()) != config.bins * frames)
    throw ShapeError(fmt::format("[ridge] an image of {} bins and {} frames has {} values, got {}",
                                 config.bins, frames, config.bins * frames, image.size()));
  std::fill(image.begin(), image.end(), 0.0f);
  double bottom_midi = config.fmin_midi, sum = 0;
  int64_t sung = 0;
  if (config.centred) {
    for (const float p : pitch) {
      sum += p;
      sung += p > 0 ? 1 : 0;
    }
    if (sung == 0) return;
    bottom_midi = sum / static_cast<double>(sung) -
                  0.5 * static_cast<double>(config.bins - 1) * kSemitones / config.bins_per_octave;
  }
  RidgePen pen(config, bottom_midi, frames, image);
  for (int64_t begin = 0, end = 0; begin < frames; begin = end) {
    const float p = pitch[static_cast<size_t>(begin)];
    while (end < frames && pitch[static_cast<size_t>(end)] == p) ++end;
    if (p > 0) pen.draw(p, begin, end);
  }
}

}  // namespace

void bind(configs::Binder& b, RidgeConfig& c) {
  b.integer("bins", c.bins, configs::between(1, 4096), "height of the image");
  b.number("bins_per_octave", c.bins_per_octave, configs::between(1, 1200), "60: 20 cents a bin");
  b.number("fmin_midi", c.fmin_midi, configs::between(0, 127), "MIDI pitch of bin 0, unless centred");
  b.number("width_semitones", c.width_semitones, configs::above(0), "standard deviation of the ridge");
  b.boolean("centred", c.centred, "the mean pitch of what is drawn lies in the middle");
}

void draw_ridge(const dsp::Contour& contour, int64_t first, int64_t frames, const RidgeConfig& config,
                std::span<float> image) {
  std::vector<float> pitch(static_cast<size_t>(std::max<int64_t>(frames, 0)));
  const int64_t begin = std::clamp<int64_t>(first, 0, contour.frames());
  const int64_t end = std::clamp(first + frames, begin, contour.frames());
  for (int64_t t = begin; t < end; ++t)
    pitch[static_cast<size_t>(t - first)] =
        contour.voiced[static_cast<size_t>(t)] != 0 ? contour.pitch_midi[static_cast<size_t>(t)] : 0;
  draw_pitches(pitch, config, image);
}

void draw_ridge(std::span<const dsp::Note> notes, double hop_s, int64_t first, int64_t frames,
                const RidgeConfig& config, std::span<float> image) {
  if (!(hop_s > 0)) throw ConfigError("[ridge] hop_s must be above 0");
  std::vector<float> pitch(static_cast<size_t>(std::max<int64_t>(frames, 0)));
  double end_s = 0;
  for (const dsp::Note& note : notes) end_s = std::max(end_s, note.end_s);
  const int64_t all = std::llround(end_s / hop_s);
  for (const dsp::Note& note : notes) {
    const FrameRange range = frames_between(note.start_s, note.end_s, hop_s, std::min(all, first + frames));
    for (int64_t t = std::max(range.begin, first); t < range.end; ++t) {
      float& p = pitch[static_cast<size_t>(t - first)];
      p = std::max(p, static_cast<float>(note.pitch_midi));
    }
  }
  draw_pitches(pitch, config, image);
}

}  // namespace melomine::melody
