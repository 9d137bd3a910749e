#include "synth/melody_render.h"

#include <gtest/gtest.h>

namespace melomine::synth {
namespace {

/// Frequency by counting rising zero crossings, independent of the oscillator.
double crossings_per_second(const dsp::AudioBuffer& audio, double from_s, double to_s) {
  int count = 0;
  const auto first = static_cast<size_t>(from_s * audio.sample_rate_hz);
  const auto last = static_cast<size_t>(to_s * audio.sample_rate_hz);
  for (size_t i = first + 1; i < last; ++i) count += audio.samples[i - 1] < 0 && audio.samples[i] >= 0;
  return count / (to_s - from_s);
}

TEST(RenderMelody, SoundsTheNotesAtTheirTimesAndPitches) {
  const dsp::AudioBuffer audio = render_melody({{0.5, 1.5, 69, 1}, {2.0, 3.0, 57, 1}});
  EXPECT_NEAR(audio.duration_s(), 3.2, 1e-3);
  for (size_t i = 0; i < 8000; ++i) ASSERT_EQ(audio.samples[i], 0.0f);
  EXPECT_NEAR(crossings_per_second(audio, 0.7, 1.4), 440, 2);
  EXPECT_NEAR(crossings_per_second(audio, 2.2, 2.9), 220, 2);
  for (size_t i = 27000; i < 31900; ++i) ASSERT_EQ(audio.samples[i], 0.0f) << i;
}

}  // namespace
}  // namespace melomine::synth
