#include "dsp/landmarks.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dsp/sinc_resample.h"
#include "dsp/stft.h"

namespace melomine::dsp {
namespace {

constexpr int kRate_hz = 8000;
constexpr int64_t kFft = 1024, kHop = 256;
constexpr size_t kFirstBin = 32, kLastBin = 448;  // 250 to 3,500 Hz: what any copy is likely to keep
constexpr size_t kBins = kLastBin - kFirstBin;
/// What lies so far under the recording's loudest bin is noise of a codec.
constexpr float kFloor_db = 60;
/// A magnitude under it is silence whatever the recording's peak.
constexpr float kSilence = 1e-3f;
/// Pole of the high-pass along time, a frame.
constexpr float kPole = 0.98f;
/// A peak is the largest within so many bins and frames on either side.
constexpr size_t kPeakBins = 20, kPeakFrames = 8;
constexpr size_t kPairs = 3;                       // that begin at one peak
constexpr int32_t kLeastStep = 2, kMostStep = 63;  // frames between the peaks of a pair
constexpr int32_t kMostRise = 63;                  // bins
static_assert(kLandmarkHop_s * kRate_hz == kHop);

struct Peak {
  int32_t frame = 0, bin = 0;
};

/// out[i] = the largest of in[i .. i + width), over vectors of `size` values each: windows of doubling
/// length, then two of them that overlap. @param in  [N + width - 1, size] @returns [N, size]
std::vector<float> sliding_max(std::vector<float> in, size_t width, size_t size) {
  size_t length = 1, rows = in.size() / size;
  const auto widen = [&](size_t shift) {
    rows -= shift;
    for (size_t i = 0; i < rows * size; ++i) in[i] = std::max(in[i], in[i + shift * size]);
    length += shift;
  };
  while (2 * length <= width) widen(length);
  if (length < width) widen(width - length);
  in.resize(rows * size);
  return in;
}

/// The largest within kPeakBins and kPeakFrames on either side of each value. @param image  [T, kBins]
std::vector<float> largest_around(const std::vector<float>& image) {
  const size_t frames = image.size() / kBins;
  std::vector<float> along((frames + 2 * kPeakFrames) * kBins, 0.0f), row(kBins + 2 * kPeakBins, 0.0f);
  for (size_t t = 0; t < frames; ++t) {
    std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(t * kBins), kBins, row.begin() + kPeakBins);
    const std::vector<float> wide = sliding_max(row, 2 * kPeakBins + 1, 1);
    std::copy(wide.begin(), wide.end(),
              along.begin() + static_cast<std::ptrdiff_t>((t + kPeakFrames) * kBins));
  }
  return sliding_max(std::move(along), 2 * kPeakFrames + 1, kBins);
}

/// Log magnitudes [frames, kBins], floored, then high-passed along time.
std::vector<float> onsets_of(std::span<const float> samples) {
  const Stft stft({.n_fft = kFft, .hop_samples = kHop, .padding = Padding::kZero});
  const auto frames = static_cast<size_t>(centred_frames(static_cast<int64_t>(samples.size()), kHop));
  std::vector<float> image(frames * kBins);
  stft.for_each_frame(samples, [&](int64_t t, std::span<const float> magnitudes) {
    std::copy_n(magnitudes.begin() + kFirstBin, kBins, image.begin() + t * static_cast<int64_t>(kBins));
  });
  const float loudest = image.empty() ? 0 : *std::max_element(image.begin(), image.end());
  if (loudest < kSilence) return {};
  const float floor = loudest * std::pow(10.0f, -kFloor_db / 20);
  for (float& value : image) value = std::log(std::max(value, floor));
  std::vector<float> before(image.begin(), image.begin() + kBins), state(kBins, 0.0f);
  for (size_t t = 0; t < frames; ++t)
    for (size_t k = 0; k < kBins; ++k) {
      float& value = image[t * kBins + k];
      state[k] = value - before[k] + kPole * state[k];
      before[k] = value;
      value = state[k];
    }
  return image;
}

/// By frame, then bin.
std::vector<Peak> peaks_of(std::span<const float> samples) {
  const std::vector<float> image = onsets_of(samples);
  const std::vector<float> largest = largest_around(image);
  std::vector<Peak> peaks;
  for (size_t i = 0; i < image.size(); ++i)
    if (image[i] > 0 && image[i] == largest[i])
      peaks.push_back({static_cast<int32_t>(i / kBins), static_cast<int32_t>(i % kBins)});
  return peaks;
}

}  // namespace

std::vector<Landmark> landmarks_of(std::span<const float> samples, int sample_rate_hz) {
  const double step = static_cast<double>(sample_rate_hz) / kRate_hz;
  const auto count = static_cast<int64_t>(static_cast<double>(samples.size()) / step);
  const std::vector<Peak> peaks = peaks_of(sinc_resample(samples, step, count));
  std::vector<Landmark> landmarks;
  for (size_t i = 0; i < peaks.size(); ++i) {
    size_t pairs = 0;
    for (size_t j = i + 1; j < peaks.size() && pairs < kPairs; ++j) {
      const int32_t later = peaks[j].frame - peaks[i].frame, rise = peaks[j].bin - peaks[i].bin;
      if (later > kMostStep) break;
      if (later < kLeastStep || std::abs(rise) > kMostRise) continue;
      const auto hash = (static_cast<uint32_t>(peaks[i].bin) << 13) |
                        (static_cast<uint32_t>(rise + kMostRise) << 6) | static_cast<uint32_t>(later);
      landmarks.push_back({hash, peaks[i].frame});
      ++pairs;
    }
  }
  return landmarks;
}

}  // namespace melomine::dsp
