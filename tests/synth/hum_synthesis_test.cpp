#include "synth/hum_synthesis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "core/error.h"
#include "pitch/pyin.h"
#include "synth/discrete_tones.h"
#include "synth/voice.h"

namespace melomine::synth {
namespace {

/// A melody with steps, leaps, a rest and a repeated note, `cents` above equal temperament.
std::vector<dsp::Note> melody(double cents = 0) {
  std::vector<dsp::Note> tones;
  const double pitches[] = {60, 62, 64, 57, 69, 69, 67, 60};
  double start_s = 0.3;
  for (int n = 0; n < 8; ++n) {
    const double end_s = start_s + 0.35 + 0.05 * (n % 3);
    tones.push_back({start_s, end_s, pitches[n] + cents / 100, 0.8});
    start_s = end_s + (n == 3 ? 0.6 : n == 4 ? 0.4 : 0);  // a rest, and where A4 is struck again
  }
  return tones;
}

dsp::F0Track tracked(const dsp::AudioBuffer& audio) {
  pitch::F0Range range;
  range.fmin_hz = 100;
  range.fmax_hz = 3000;
  range.frame_samples = 512;  // its window, 32 ms, is how early it hears an onset after silence
  return pitch::PyinTracker({}, range).track(audio.samples, audio.sample_rate_hz);
}

dsp::AudioBuffer hum(const std::vector<dsp::Note>& tones, HumTimbre timbre, uint64_t stream = 1) {
  RandomStream random({stream});
  return synthesise_hum(tones, timbre, tones.empty() ? 1 : tones.back().end_s + 0.5, 16000, random);
}

/// Pitches within 30 cents and times within 20 ms of the planted ones.
void expect_tones(const std::vector<dsp::Note>& found, const std::vector<dsp::Note>& planted) {
  ASSERT_EQ(found.size(), planted.size());
  for (size_t n = 0; n < planted.size(); ++n) {
    EXPECT_NEAR(found[n].pitch_midi, planted[n].pitch_midi, 0.3) << n;
    EXPECT_NEAR(found[n].start_s, planted[n].start_s, 0.02) << n;
  }
}

TEST(HumSynthesis, TheToneThatWasAskedForIsHeardWhereItWasAskedFor) {
  for (const HumTimbre timbre : {HumTimbre::kHummed, HumTimbre::kWhistled})
    for (const double cents : {0.0, 40.0})
      for (const uint64_t stream : {1, 2, 3}) {
        SCOPED_TRACE(to_string(timbre) + " " + std::to_string(cents) + " " + std::to_string(stream));
        const auto tones = melody(cents);
        const auto raised = changed_tones(tones, 12 * raised_octaves(tones, timbre), 1);
        const dsp::F0Track track = tracked(hum(tones, timbre, stream));
        expect_tones(discrete_tones(track), raised);
        // The track itself, in the middle of each tone.
        for (const dsp::Note& tone : raised) {
          const auto t = static_cast<size_t>(std::lround(50 * (tone.start_s + tone.end_s)));
          EXPECT_NEAR(69 + 12 * std::log2(track.f0_hz[t] / 440), tone.pitch_midi, 0.3);
        }
      }
}

TEST(HumSynthesis, AHumOfASungMelodyHasItsNotes) {
  // From a voice with vibrato and formants through its track to tones, and to a hum of them.
  RandomStream random({5});
  std::vector<SungNote> sung;
  const auto notes = melody(20);
  for (const dsp::Note& note : notes)
    sung.push_back({note.start_s, note.end_s, note.pitch_midi, 0.8, Vowel::kA});
  VoiceTimbre singer;
  singer.vibrato_cents = 40;
  singer.release_s = 0.04;
  const auto voice = sing(sung, singer, notes.back().end_s + 0.5, 16000, random);
  const auto tones = discrete_tones(tracked(voice));
  ASSERT_EQ(tones.size(), notes.size());
  const auto changed = changed_tones(tones, 3, 1.25);
  const auto found = discrete_tones(tracked(hum(changed, HumTimbre::kHummed)));
  ASSERT_EQ(found.size(), notes.size());
  for (size_t n = 0; n < notes.size(); ++n) {
    EXPECT_NEAR(found[n].pitch_midi, notes[n].pitch_midi + 3, 0.3) << n;
    EXPECT_NEAR(found[n].start_s, notes[n].start_s / 1.25, 0.04) << n;  // twice tracked
  }
}

/// Energy at a frequency within a stretch of time, with a Hann window.
double energy_at(const dsp::AudioBuffer& audio, double hz, double from_s, double to_s) {
  std::complex<double> sum = 0;
  const auto first = static_cast<size_t>(from_s * 16000), last = static_cast<size_t>(to_s * 16000);
  for (size_t i = first; i < last; ++i) {
    const double x = static_cast<double>(i - first) / static_cast<double>(last - first);
    sum += (0.5 - 0.5 * std::cos(2 * std::numbers::pi * x)) * audio.samples[i] *
           std::polar(1.0, -2 * std::numbers::pi * hz * static_cast<double>(i) / 16000);
  }
  return std::norm(sum);
}

TEST(HumSynthesis, AHumHasHarmonicsAndAWhistleHasOnePartial) {
  for (const uint64_t stream : {1, 2, 3}) {
    const std::vector<dsp::Note> note = {{0.2, 2.2, 57, 0.8}};
    const auto hummed = hum(note, HumTimbre::kHummed, stream),
               whistled = hum(note, HumTimbre::kWhistled, stream);
    const auto over_first_db = [](const dsp::AudioBuffer& audio, double f0_hz, int harmonic) {
      return 10 *
             std::log10(energy_at(audio, harmonic * f0_hz, 0.7, 1.9) / energy_at(audio, f0_hz, 0.7, 1.9));
    };
    EXPECT_GT(over_first_db(hummed, 220, 2), -35);
    EXPECT_GT(over_first_db(hummed, 220, 3), -50);
    EXPECT_EQ(raised_octaves(note, HumTimbre::kWhistled), 2);
    EXPECT_LT(over_first_db(whistled, 880, 2), -40);
    EXPECT_LT(over_first_db(whistled, 880, 3), -45);
    EXPECT_LT(energy_at(whistled, 220, 0.7, 1.9), 1e-4 * energy_at(whistled, 880, 0.7, 1.9));
  }
}

TEST(HumSynthesis, EqualStreamsGiveEqualSamplesAndOthersAnotherVoice) {
  for (const HumTimbre timbre : {HumTimbre::kHummed, HumTimbre::kWhistled}) {
    EXPECT_EQ(hum(melody(), timbre, 7).samples, hum(melody(), timbre, 7).samples);
    EXPECT_NE(hum(melody(), timbre, 7).samples, hum(melody(), timbre, 8).samples);
  }
}

TEST(HumSynthesis, HasItsLevelWhereItSoundsAndRestsBetween) {
  for (const HumTimbre timbre : {HumTimbre::kHummed, HumTimbre::kWhistled}) {
    const auto tones = melody();
    const auto audio = hum(tones, timbre);
    const auto level_of = [&](double from_s, double to_s) {
      double sum = 0;
      for (auto i = static_cast<size_t>(from_s * 16000); i < static_cast<size_t>(to_s * 16000); ++i)
        sum += static_cast<double>(audio.samples[i]) * audio.samples[i];
      return std::sqrt(sum / ((to_s - from_s) * 16000));
    };
    EXPECT_NEAR(level_of(tones[0].start_s, tones[3].end_s), 0.1, 0.04);
    EXPECT_LT(level_of(tones[3].end_s + 0.25, tones[4].start_s - 0.2), 0.01);
    EXPECT_LT(*std::max_element(audio.samples.begin(), audio.samples.end()), 1.0f);
    const auto silence = hum({}, timbre);
    EXPECT_EQ(silence.samples, std::vector<float>(16000));
  }
}

TEST(ChangedTones, MoveInKeyAndTime) {
  const auto tones = changed_tones({{1, 2, 60, 0.8}}, -3, 2);
  EXPECT_EQ(tones[0].start_s, 0.5);
  EXPECT_EQ(tones[0].end_s, 1);
  EXPECT_EQ(tones[0].pitch_midi, 57);
  EXPECT_THROW(changed_tones({}, 0, 0), ConfigError);
}

}  // namespace
}  // namespace melomine::synth
