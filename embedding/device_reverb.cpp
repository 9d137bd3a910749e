#include "embedding/device_reverb.h"

#include <algorithm>
#include <cmath>

#include "datasets/transforms/reverb.h"
#include "embedding/fft_filter.h"

namespace melomine::embedding {

torch::Tensor reverberated(const torch::Tensor& clips, const EffectCall& call) {
  const auto rows = static_cast<int64_t>(call.drawn.clips.size());
  auto counts = torch::empty({rows, 1}, torch::kFloat64), falls = torch::empty_like(counts);
  int64_t longest = 1;
  for (int64_t r = 0; r < rows; ++r) {
    const double decay_s = call.drawn.numbers[static_cast<size_t>(r)][0];
    const int64_t count = datasets::room_samples(decay_s, call.sample_rate_hz);
    longest = std::max(longest, count);
    counts.data_ptr<double>()[r] = static_cast<double>(count);
    falls.data_ptr<double>()[r] = std::log(1000.0) / (decay_s * call.sample_rate_hz);
  }
  const auto device = clips.device();
  const auto moments = torch::arange(longest, torch::TensorOptions(torch::kFloat64).device(device));
  const auto envelope = (moments * -falls.to(device)).exp() * (moments < counts.to(device));
  const auto response = call.noise(call.drawn.keys, longest, device) * envelope.to(torch::kFloat32);
  const auto energy = response.square().sum(1, /*keepdim=*/true);
  const auto scale = torch::pow(10, call.number(1, device) / 20) * energy.rsqrt();
  const auto room = response * scale.masked_fill(energy <= 0, 0);
  // What of a room sounds longer than a clip is not heard.
  const int64_t heard = std::min(longest, clips.size(1));
  const int64_t length = fft_length(clips.size(1) + heard);
  const auto spectra = torch::fft::rfft(room.narrow(1, 0, heard), length, 1);
  return clips + filtered(clips, spectra, length);
}

}  // namespace melomine::embedding
