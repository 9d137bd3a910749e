#include "embedding/device_mix.h"

#include "datasets/coloured_noise.h"
#include "datasets/signal_to_noise.h"
#include "datasets/transforms/noise.h"
#include "embedding/fft_filter.h"

namespace melomine::embedding {
namespace {

/// Samples after which nothing is left of the response of a colour, whose slowest pole is one of 15 Hz at 16
/// kHz.
constexpr int64_t kColourSamples = 4096;

torch::Tensor mean_power(const torch::Tensor& clips) {
  return clips.square().mean(1, /*keepdim=*/true);
}

/// datasets::mix_at_snr, of clips of one length. @param snr_db  [n, 1]
torch::Tensor mixed_at_snr(const torch::Tensor& clips, const torch::Tensor& others,
                           const torch::Tensor& snr_db) {
  const auto own = mean_power(clips), other = mean_power(others);
  const auto silent = (own < datasets::kSilencePower) | (other < datasets::kSilencePower);
  const auto gain = (own / other * torch::pow(10, snr_db * -0.1)).sqrt().masked_fill(silent, 0);
  return clips + gain * others;
}

/// White noise in a colour for each row.
torch::Tensor coloured(const torch::Tensor& white, const datasets::DrawnEffects& drawn) {
  const auto rows = static_cast<int64_t>(drawn.clips.size());
  constexpr auto kSections = static_cast<int64_t>(datasets::kColourSections);
  auto roots = torch::empty({kSections, 2, rows, 1});
  auto values = roots.accessor<float, 4>();
  for (int64_t r = 0; r < rows; ++r) {
    const auto sections =
        datasets::colour_sections(drawn.numbers[static_cast<size_t>(r)][1], datasets::kNoiseSlopeRate_hz);
    for (int64_t k = 0; k < kSections; ++k) {
      values[k][0][r][0] = sections[static_cast<size_t>(k)].zero;
      values[k][1][r][0] = sections[static_cast<size_t>(k)].pole;
    }
  }
  roots = roots.to(white.device());
  const int64_t length = fft_length(white.size(1) + kColourSamples);
  const auto delay = unit_delays(length, white.device()).to(torch::kComplexFloat);
  torch::Tensor response;
  for (int64_t k = 0; k < kSections; ++k) {
    const auto section = (1 - roots[k][0] * delay) / (1 - roots[k][1] * delay);
    response = k == 0 ? section : response * section;
  }
  return filtered(white, response, length);
}

}  // namespace

torch::Tensor mixed(const torch::Tensor& clips, const EffectCall& call) {
  return mixed_at_snr(clips, call.heard, call.number(0, clips.device()));
}

torch::Tensor noisy(const torch::Tensor& clips, const EffectCall& call) {
  const auto white = call.noise(call.drawn.keys, clips.size(1), clips.device());
  return mixed_at_snr(clips, coloured(white, call.drawn), call.number(0, clips.device()));
}

}  // namespace melomine::embedding
