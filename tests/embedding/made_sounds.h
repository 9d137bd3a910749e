#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "core/random.h"
#include "datasets/audio_reader.h"
#include "dsp/audio_buffer.h"
#include "tests/support/made_audio.h"

namespace melomine::testing {

constexpr int kRate_hz = 16000;

using Sound = std::vector<float>;

/// A sine, -6 dB.
inline Sound sine(int64_t samples, double hz, int rate_hz = kRate_hz) {
  Sound sound(static_cast<size_t>(samples));
  for (size_t i = 0; i < sound.size(); ++i)
    sound[i] =
        static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz));
  return sound;
}

/// A voice with partials over noise, that glides and wavers as one that hums.
inline Sound voice(int64_t samples, uint64_t seed, int rate_hz = kRate_hz) {
  Sound sound(static_cast<size_t>(samples));
  RandomStream random({seed});
  const double middle_hz = random.uniform(150, 350);
  double phase = 0;
  for (size_t i = 0; i < sound.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    phase += 2 * std::numbers::pi * middle_hz *
             std::exp2(0.3 * std::sin(1.9 * t + static_cast<double>(seed)) + 0.02 * std::sin(35 * t)) /
             rate_hz;
    double value = 0.002 * random.normal();
    for (int partial = 1; partial <= 8; ++partial)
      value += 0.2 / partial * (1 + 0.5 * std::sin(3 * t + partial)) * std::sin(partial * phase);
    sound[i] = static_cast<float>(value);
  }
  return sound;
}

inline Sound white(int64_t samples, uint64_t seed) {
  Sound sound(static_cast<size_t>(samples));
  RandomStream random({seed});
  for (float& value : sound) value = static_cast<float>(0.1 * random.normal());
  return sound;
}

/// A tone with an overtone that goes up and down, its samples as a store holds them.
inline dsp::AudioBuffer wandering_tone(double seconds) {
  dsp::AudioBuffer audio;
  double phase = 0;
  for (int i = 0; i < static_cast<int>(seconds * kRate_hz); ++i) {
    phase += 2 * std::numbers::pi * (300 + 80 * std::sin(1.7 * i / kRate_hz)) / kRate_hz;
    const double value = 0.3 * std::sin(phase) + 0.1 * std::sin(2 * phase);
    audio.samples.push_back(stored_sample(value) * datasets::kSampleScale);
  }
  return audio;
}

/// [sounds, longest], zeros behind each.
inline torch::Tensor side_by_side(const std::vector<Sound>& sounds) {
  size_t longest = 0;
  for (const Sound& sound : sounds) longest = std::max(longest, sound.size());
  auto all = torch::zeros({static_cast<int64_t>(sounds.size()), static_cast<int64_t>(longest)});
  for (size_t i = 0; i < sounds.size(); ++i)
    std::copy(sounds[i].begin(), sounds[i].end(), all[static_cast<int64_t>(i)].data_ptr<float>());
  return all;
}

/// The greatest difference, as a share of the loudest sample. @param found  [N] and zeros behind
inline double worst_error(const torch::Tensor& found, const Sound& expected) {
  const auto whole = torch::tensor(expected);
  const auto rest = found.narrow(0, whole.size(0), found.size(0) - whole.size(0));
  const double behind = rest.numel() == 0 ? 0 : rest.abs().max().item<double>();
  const double loudest = std::max(1e-9, whole.abs().max().item<double>());
  return std::max(behind, (found.narrow(0, 0, whole.size(0)) - whole).abs().max().item<double>()) / loudest;
}

}  // namespace melomine::testing
