#include "datasets/clip_shape.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "dsp/time_stretch.h"

namespace melomine::datasets {
int64_t cut_place(const Cut& cut, int64_t target_samples) {
  return static_cast<int64_t>(cut.position * static_cast<double>(target_samples));
}

int64_t source_samples(const ClipShape& shape, int64_t target_samples) {
  int64_t stretched = target_samples;
  for (const Cut& cut : shape.cuts) stretched += cut.samples;
  return static_cast<int64_t>(std::ceil(static_cast<double>(stretched) * shape.rate));
}

double source_place(const ClipShape& shape, int64_t target_samples, int64_t place) {
  int64_t stretched = place;
  for (const Cut& cut : shape.cuts)
    if (cut_place(cut, target_samples) <= place) stretched += cut.samples;
  return static_cast<double>(stretched) * shape.rate;
}

std::vector<float> reshape_clip(std::span<const float> source, const ClipShape& shape, int64_t target_samples,
                                int sample_rate_hz) {
  const int64_t expected = source_samples(shape, target_samples);
  if (static_cast<int64_t>(source.size()) != expected)
    throw ShapeError("[augment] the source must have " + std::to_string(expected) + " samples, got " +
                     std::to_string(source.size()));
  std::vector<float> clip = dsp::stretch_and_shift(source, shape.rate, shape.semitones, sample_rate_hz);
  // A position says before which sample of the result a cut lies, so cuts never overlap and each takes out
  // all of its samples.
  int64_t written = 0, read = 0;
  for (const Cut& cut : shape.cuts) {
    const int64_t join = cut_place(cut, target_samples);
    std::copy(clip.begin() + read, clip.begin() + read + (join - written), clip.begin() + written);
    read += join - written + cut.samples;
    written = join;
  }
  std::copy(clip.begin() + read, clip.begin() + read + (target_samples - written), clip.begin() + written);
  clip.resize(static_cast<size_t>(target_samples));
  return clip;
}

}  // namespace melomine::datasets
