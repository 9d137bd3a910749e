#include "synth/voice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "pitch/pyin.h"
#include "synth/accompaniment.h"
#include "synth/room_acoustics.h"

namespace melomine::synth {
namespace {

VoiceTimbre plain() {
  VoiceTimbre timbre;
  timbre.vibrato_cents = timbre.jitter_cents = timbre.breathiness = timbre.breath_level = 0;
  return timbre;
}

/// Power at one frequency (Goertzel in complex form).
double power_at(const dsp::AudioBuffer& audio, double hz, double from_s, double to_s) {
  std::complex<double> sum = 0;
  const auto first = static_cast<size_t>(from_s * audio.sample_rate_hz);
  const auto last = static_cast<size_t>(to_s * audio.sample_rate_hz);
  for (size_t i = first; i < last; ++i) {
    const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i - first) /
                                             static_cast<double>(last - first));
    sum += hann * audio.samples[i] *
           std::polar(1.0, -2 * std::numbers::pi * hz * static_cast<double>(i) / audio.sample_rate_hz);
  }
  return std::norm(sum);
}

double rms(const dsp::AudioBuffer& audio, double from_s, double to_s) {
  double sum = 0;
  const auto first = static_cast<size_t>(from_s * audio.sample_rate_hz);
  const auto last = std::min(audio.samples.size(), static_cast<size_t>(to_s * audio.sample_rate_hz));
  for (size_t i = first; i < last; ++i) sum += static_cast<double>(audio.samples[i]) * audio.samples[i];
  return std::sqrt(sum / static_cast<double>(last - first));
}

TEST(Voice, HasHarmonicsOfItsPitchUpTo5kHz) {
  RandomStream random({1});
  const double hz = 220;
  const dsp::AudioBuffer audio = sing({{0.5, 2.5, 57}}, plain(), 3, 16000, random);
  for (double h = hz; h < 5000; h += hz) {
    const double on = power_at(audio, h, 1.0, 2.0), between = power_at(audio, h + 0.5 * hz, 1.0, 2.0);
    EXPECT_GT(on, 100 * between) << h;
  }
}

TEST(Voice, VowelsDifferWhereTheirFormantsDo) {
  const auto share_above_1500 = [](Vowel vowel) {
    RandomStream random({1});
    const dsp::AudioBuffer audio = sing({{0.5, 2.5, 45, 0.8, vowel}}, plain(), 3, 16000, random);
    double low = 0, high = 0;
    for (int h = 1; h * 110 < 3200; ++h) (h * 110 < 1500 ? low : high) += power_at(audio, h * 110, 1, 2);
    return high / low;
  };
  EXPECT_GT(share_above_1500(Vowel::kI), 5 * share_above_1500(Vowel::kU));
  EXPECT_GT(share_above_1500(Vowel::kA), 3 * share_above_1500(Vowel::kClosed));
}

TEST(Voice, IsSilentBetweenPhrasesAndHasUnitLevelInThem) {
  RandomStream random({1});
  const dsp::AudioBuffer audio = sing({{0.5, 1.5, 57}, {3.0, 4.0, 60}}, plain(), 5, 16000, random);
  EXPECT_EQ(audio.samples.size(), 80000u);
  EXPECT_LT(rms(audio, 0, 0.45), 1e-6);
  EXPECT_LT(rms(audio, 2.0, 2.9), 1e-4);
  EXPECT_NEAR(rms(audio, 0.5, 1.5), 1, 0.3);
}

TEST(Voice, NoNotesIsSilence) {
  RandomStream random({1});
  const dsp::AudioBuffer audio = sing({}, plain(), 1, 16000, random);
  EXPECT_EQ(rms(audio, 0, 1), 0);
}

/// Time at which the energy of the 5 ms before and after differ by the asked factor first.
double onset_s(const dsp::AudioBuffer& audio, double from_s) {
  double peak = 0;
  for (const float x : audio.samples) peak = std::max<double>(peak, std::abs(x));
  for (auto i = static_cast<size_t>(from_s * audio.sample_rate_hz); i < audio.samples.size(); ++i)
    if (std::abs(audio.samples[i]) > 0.02 * peak) return static_cast<double>(i) / audio.sample_rate_hz;
  return -1;
}

TEST(Voice, OnsetsAreWhereTheNotesAreToAMillisecond) {
  // Onset to onset, so that the rise itself (the same for all) falls out.
  VoiceTimbre timbre = plain();
  timbre.attack_s = 0.005;
  std::vector<SungNote> notes;
  for (int n = 0; n < 20; ++n) {
    const double start = 0.5 + n * 0.98765;
    notes.push_back({start, start + 0.4, 57, 0.8});
  }
  RandomStream random({1});
  const dsp::AudioBuffer audio = sing(notes, timbre, 21, 16000, random);
  double least = 1, most = -1;
  for (const SungNote& note : notes) {
    const double late = onset_s(audio, note.start_s - 0.1) - note.start_s;
    least = std::min(least, late);
    most = std::max(most, late);
  }
  EXPECT_LT(most, 0.008);
  EXPECT_GT(least, -0.005);
  EXPECT_LT(most - least, 0.005);  // a period of the voice is 4.5 ms: where in it the rise falls varies
}

TEST(Voice, PitchIsTheNotesAndGlidesCentredOnTheOnset) {
  VoiceTimbre timbre = plain();
  timbre.glide_s = 0.12;
  RandomStream random({1});
  const dsp::AudioBuffer audio = sing({{0.5, 1.5, 57}, {1.5, 2.5, 64}}, timbre, 3, 16000, random);
  const dsp::F0Track track = pitch::PyinTracker({}, {}).track(audio.samples, 16000);
  const auto pitch = [&](double t) {
    return 69 + 12 * std::log2(track.f0_hz[static_cast<size_t>(t * 100)] / 440.0);
  };
  EXPECT_NEAR(pitch(1.0), 57, 0.15);
  EXPECT_NEAR(pitch(2.0), 64, 0.15);
  double crossing = 0;
  for (double t = 1.3; t < 1.7; t += 0.01)
    if (pitch(t) < 60.5 && pitch(t + 0.01) >= 60.5) crossing = t + 0.005;
  EXPECT_NEAR(crossing, 1.5,
              0.03);  // the tracker's window is 64 ms; a glide after the onset would be off by 0.06
}

TEST(Voice, EqualStreamsGiveEqualSamples) {
  RandomStream a({3}), b({3});
  EXPECT_EQ(sing({{0.1, 0.9, 60}}, {}, 1, 16000, a).samples, sing({{0.1, 0.9, 60}}, {}, 1, 16000, b).samples);
}

TEST(RecordThrough, NoiseIsAtTheAskedLevelAndClippingClips) {
  RandomStream random({2});
  dsp::AudioBuffer hum = sing({{0.5, 4.5, 57}}, plain(), 5, 16000, random);
  Microphone microphone;
  microphone.low_cut_hz = 1;
  microphone.high_cut_hz = 1e6;
  microphone.noise_snr_db = 10;
  microphone.noise_exponent = 0;
  microphone.peak = 2;
  record_through(hum, microphone, random);
  float peak = 0;
  for (const float x : hum.samples) peak = std::max(peak, std::abs(x));
  EXPECT_EQ(peak, 1.0f);

  dsp::AudioBuffer clean = sing({{0.5, 4.5, 57}}, plain(), 5, 16000, random);
  dsp::AudioBuffer noisy = clean;
  microphone.peak = 0.5;
  record_through(noisy, microphone, random);
  // Before the voice begins there is noise alone: 10 dB below the mean power of the whole file.
  const double noise = rms(noisy, 0, 0.4);
  const double whole = rms(noisy, 0, 5);
  EXPECT_NEAR(20 * std::log10(std::sqrt(whole * whole - noise * noise) / noise), 10, 0.7);
}

TEST(Band, PlaysWhatItIsGivenWhereItIsGiven) {
  RandomStream random({2});
  BandTimbre timbre;
  timbre.bass.detune_cents = 0;
  const dsp::AudioBuffer audio = play_band({{Part::kBass, 1.0, 2.0, 45, 0.8}}, timbre, 4, 16000, random);
  EXPECT_EQ(rms(audio, 0, 0.99), 0);
  EXPECT_GT(power_at(audio, 110, 1.1, 1.9), 100 * power_at(audio, 165, 1.1, 1.9));
  EXPECT_NEAR(rms(audio, 0, 4), 1, 1e-3);
  EXPECT_EQ(rms(play_band({}, timbre, 1, 16000, random), 0, 1), 0);
}

TEST(Reverb, AddsATailAndDecaysAsAsked) {
  dsp::AudioBuffer audio;
  audio.samples.assign(32000, 0.0f);
  audio.samples[0] = 1;
  dsp::AudioBuffer dry = audio;
  add_reverb(dry, 0, 1);
  EXPECT_EQ(dry.samples, audio.samples);
  add_reverb(audio, 0.5, 0.5);
  EXPECT_EQ(audio.samples[0], 1.0f);  // the direct sound stays
  const double early = rms(audio, 0.05, 0.15), late = rms(audio, 0.55, 0.65);
  EXPECT_GT(early, 1e-4);
  // 60 dB in 0.5 s is the loop's own decay; damping makes the treble fall faster.
  EXPECT_LT(late, early * 1e-2);
}

}  // namespace
}  // namespace melomine::synth
