#include "embedding/device_cqt.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "dsp/cqt_feature.h"

namespace melomine::embedding {

DeviceCqt::DeviceCqt(const dsp::CqtConfig& config, torch::Device device) : hop_(config.hop_samples) {
  const dsp::Cqt cqt(config);
  bins_ = cqt.bins();
  for (int64_t first = 0; first < bins_; first += config.bins_per_octave) {
    const int64_t count = std::min(config.bins_per_octave, bins_ - first);
    const dsp::Cqt::Wavelet longest = cqt.wavelet(first);
    Group group{longest.start, static_cast<int64_t>(longest.taps.size()), {}};
    auto taps = torch::zeros({group.length, 2 * count});
    auto values = taps.accessor<float, 2>();
    for (int64_t b = 0; b < count; ++b) {
      const dsp::Cqt::Wavelet wavelet = b == 0 ? longest : cqt.wavelet(first + b);
      for (size_t i = 0; i < wavelet.taps.size(); ++i) {
        const int64_t row = wavelet.start - group.start + static_cast<int64_t>(i);
        values[row][b] = wavelet.taps[i].real();
        values[row][count + b] = wavelet.taps[i].imag();
      }
    }
    group.taps = taps.to(device);
    groups_.push_back(std::move(group));
  }
}

torch::Tensor DeviceCqt::magnitude(const torch::Tensor& samples, int64_t first, int64_t frames) const {
  const torch::NoGradGuard no_graph;
  const int64_t clips = samples.size(0), centre = first * hop_;
  std::vector<torch::Tensor> octaves;
  octaves.reserve(groups_.size());
  for (const Group& group : groups_) {
    const int64_t begin = centre + group.start, end = begin + (frames - 1) * hop_ + group.length;
    // What of it the clip has, and silence around that.
    const int64_t from = std::clamp<int64_t>(begin, 0, samples.size(1)),
                  to = std::clamp<int64_t>(end, from, samples.size(1));
    const int64_t before = std::max<int64_t>(0, from - begin);
    const auto heard = torch::constant_pad_nd(samples.narrow(1, from, to - from),
                                              {before, end - begin - (to - from) - before});
    const auto parts = torch::matmul(heard.unfold(1, group.length, hop_), group.taps);
    const int64_t bins = group.taps.size(1) / 2;
    octaves.push_back((parts.narrow(2, 0, bins).square() + parts.narrow(2, bins, bins).square()).sqrt_());
  }
  return torch::cat(octaves, 2).transpose(1, 2).contiguous().view({clips, bins_, frames});
}

DeviceCqt device_cqt_of(const datasets::FrontEnd& front_end, torch::Device device) {
  const dsp::FeatureConfig& features = front_end.features;
  return DeviceCqt(dsp::cqt_config(features.feature.settings<dsp::CqtFeatureConfig>(), features.grid),
                   device);
}

torch::Tensor normalised_log_magnitude(const torch::Tensor& windows, double floor_db) {
  const torch::NoGradGuard no_graph;
  const auto loudest = windows.amax({1, 2}, /*keepdim=*/true);
  // In a window of silence all is 0.
  const auto ratio = windows / loudest.clamp_min(std::numeric_limits<float>::min());
  return (ratio.log10() * (20 / floor_db) + 1).clamp(0, 1);
}

}  // namespace melomine::embedding
