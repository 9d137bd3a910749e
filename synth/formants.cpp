#include "synth/formants.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace melomine::synth {
namespace {

constexpr double kHighest_share = 0.47;  // of the sample rate: resonances above it would fold

struct VowelEntry {
  std::array<double, kFormants> hz;
  std::array<double, kFormants> gain_db;
};

const VowelEntry& entry(Vowel vowel) {
  static const VowelEntry entries[] = {{{730, 1090, 2440, 3400, 4500}, {0, -6, -20, -24, -30}},    // a
                                       {{530, 1840, 2480, 3500, 4600}, {0, -12, -16, -22, -30}},   // e
                                       {{280, 2250, 2950, 3600, 4700}, {0, -20, -18, -24, -32}},   // i
                                       {{520, 880, 2410, 3300, 4500}, {0, -9, -28, -30, -36}},     // o
                                       {{310, 870, 2250, 3300, 4500}, {0, -16, -32, -34, -40}},    // u
                                       {{250, 1050, 2150, 3100, 4400}, {0, -24, -32, -38, -46}}};  // closed
  return entries[static_cast<int>(vowel)];
}

constexpr std::array<double, kFormants> kBandwidth_hz = {80, 90, 130, 190, 260};

}  // namespace

FormantState FormantState::blend(const FormantState& a, const FormantState& b, double share_of_b) {
  FormantState mixed;
  for (size_t i = 0; i < kFormants; ++i) {
    mixed.hz[i] = a.hz[i] + share_of_b * (b.hz[i] - a.hz[i]);
    mixed.bandwidth_hz[i] = a.bandwidth_hz[i] + share_of_b * (b.bandwidth_hz[i] - a.bandwidth_hz[i]);
    mixed.gain[i] = a.gain[i] + share_of_b * (b.gain[i] - a.gain[i]);
  }
  return mixed;
}

FormantState formants_of(Vowel vowel, const VoiceTimbre& timbre) {
  const VowelEntry& base = entry(vowel);
  FormantState state;
  for (size_t i = 0; i < kFormants; ++i) {
    state.hz[i] = base.hz[i] * timbre.tract_scale;
    state.bandwidth_hz[i] = kBandwidth_hz[i] * (vowel == Vowel::kClosed ? 1.8 : 1.0);
    const double lift_db = i == 2 || i == 3 ? timbre.singer_formant_db : 0.0;
    state.gain[i] = std::pow(10.0, (base.gain_db[i] + lift_db) / 20);
  }
  return state;
}

void FormantFilter::set(const FormantState& state, double f0_hz, int sample_rate_hz) {
  using std::numbers::pi;
  for (size_t i = 0; i < kFormants; ++i) {
    double hz = state.hz[i];
    if (i == 0) hz = std::max(hz, f0_hz * 1.02);
    if (hz > kHighest_share * sample_rate_hz) {
      b_[i] = 0;
      continue;
    }
    const double r = std::exp(-pi * state.bandwidth_hz[i] / sample_rate_hz);
    const double cosine = std::cos(2 * pi * hz / sample_rate_hz);
    // Gain that makes the response 1 at the resonance; signs alternate so that skirts do not cancel between
    // neighbouring formants.
    const double cosine2 = 2 * cosine * cosine - 1;
    const double unit = (1 - r) * std::sqrt(1 - 2 * r * cosine2 + r * r);
    b_[i] = static_cast<float>(unit * state.gain[i] * (i % 2 == 0 ? 1 : -1));
    a1_[i] = static_cast<float>(2 * r * cosine);
    a2_[i] = static_cast<float>(-r * r);
  }
}

}  // namespace melomine::synth
