#include "separation/external_separator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <numbers>

#include "configs/config.h"
#include "core/error.h"
#include "core/folder.h"
#include "tests/support/temp_folder.h"

namespace melomine::separation {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

/// A sine of one amplitude for each frequency.
dsp::AudioBuffer tones(const std::vector<double>& frequencies_hz, double duration_s = 1) {
  dsp::AudioBuffer audio;
  audio.samples.resize(static_cast<size_t>(duration_s * audio.sample_rate_hz));
  for (const double hz : frequencies_hz)
    for (size_t i = 0; i < audio.samples.size(); ++i)
      audio.samples[i] += static_cast<float>(
          std::round(8000 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 16000)) / 32768);
  return audio;
}

/// Amplitude at a frequency, of the second half.
double amplitude(const dsp::AudioBuffer& audio, double hz) {
  double re = 0, im = 0;
  const size_t first = audio.samples.size() / 2;
  for (size_t i = first; i < audio.samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / 16000;
    re += audio.samples[i] * std::cos(angle);
    im += audio.samples[i] * std::sin(angle);
  }
  return 2 * std::hypot(re, im) / static_cast<double>(audio.samples.size() - first);
}

class External : public ::testing::Test {
 protected:
  dsp::AudioBuffer separate(const Words& command, double timeout_s = 20,
                            const std::string& output = "vocals.wav") {
    const ExternalSeparator separator({command, output, timeout_s}, {folder_.path()});
    return separator.separate(mix_);
  }
  std::string reason(const Words& command, double timeout_s = 20) {
    try {
      separate(command, timeout_s);
      return "";
    } catch (const DataError& e) {
      return e.what();
    }
  }
  void TearDown() override { EXPECT_TRUE(list_folder(folder_.path()).empty()) << "temporary files are left"; }

  testing::TempFolder folder_;
  dsp::AudioBuffer mix_ = tones({200, 3000});
};

TEST_F(External, WhatItCopiesComesBackBitByBit) {
  EXPECT_EQ(separate({"cp", "{input}", "{output}"}).samples, mix_.samples);
}

TEST_F(External, AFilterGraphOfFfmpegKeepsWhatItLetsThrough) {
  const auto voice = separate({"ffmpeg", "-v", "error", "-nostdin", "-i", "{input}", "-af",
                               "pan=mono|c0=0.5*c0,lowpass=f=800:p=2,lowpass=f=800:p=2", "{output}"});
  ASSERT_EQ(voice.samples.size(), mix_.samples.size());
  const double before = amplitude(mix_, 200);
  EXPECT_NEAR(before, 8000.0 / 32768, 1e-3);
  EXPECT_NEAR(amplitude(voice, 200), 0.5 * before, 0.02 * before);
  EXPECT_LT(amplitude(voice, 3000), 0.01 * before);
}

TEST_F(External, AResultAtAnotherRateInTwoChannelsInAFolderOfItsOwnIsFound) {
  // As demucs has it: {folder}/htdemucs/mix/vocals.wav, stereo at 44.1 kHz.
  const auto voice = separate({"sh", "-c",
                               "mkdir -p \"$1/htdemucs/mix\" && exec ffmpeg -v error -nostdin -i \"$0\" -af "
                               "'pan=stereo|c0=c0|c1=c0' -ar 44100 \"$1/htdemucs/mix/vocals.wav\"",
                               "{input}", "{folder}"},
                              20, "htdemucs/mix/vocals.wav");
  EXPECT_NEAR(static_cast<double>(voice.samples.size()), 16000, 2);
  EXPECT_NEAR(amplitude(voice, 200) / amplitude(mix_, 200), 1, 0.02);
}

TEST_F(External, ACrashIsToldWithItsLastWords) {
  EXPECT_EQ(reason({"false", "{input}", "{output}"}), "false: exit status 1");
  EXPECT_EQ(reason({"sh", "-c", "echo loading; echo 'no model x' >&2; exit 2", "{input}{output}"}),
            "sh: exit status 2: no model x");
  EXPECT_EQ(reason({"sh", "-c", "kill -ABRT $$", "{input}{output}"}), "sh: killed by signal 6 (SIGABRT)");
}

TEST_F(External, AHangIsKilled) {
  const auto start = std::chrono::steady_clock::now();
  // sleep takes the sum of its arguments; the paths stand where it does not look.
  EXPECT_EQ(reason({"env", "A={input}{output}", "sleep", "60"}, 0.2),
            "env: not finished after 0.2 s, killed");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(External, GarbageIsToldAsSuch) {
  EXPECT_THAT(reason({"true", "{input}", "{output}"}), HasSubstr("true wrote no vocals.wav: exit status 0"));
  EXPECT_THAT(reason({"sh", "-c", "echo words > \"$0\"", "{output}", "{input}"}),
              HasSubstr("sh wrote a vocals.wav that cannot be read: not in an audio format"));
  EXPECT_THAT(reason({"sh", "-c", ": > \"$0\"", "{output}", "{input}"}), HasSubstr("the file is empty"));
  EXPECT_THAT(reason({"sh", "-c", "head -c 5000 \"$0\" > \"$1\"", "{input}", "{output}"}),
              HasSubstr("truncated"));
  EXPECT_THAT(reason({"ffmpeg", "-v", "error", "-nostdin", "-i", "{input}", "-af", "aeval=0/0", "-c:a",
                      "pcm_f32le", "{output}"}),
              HasSubstr("not finite"));
}

TEST_F(External, AProgramThatIsNotThereEndsTheJob) {
  try {
    separate({"no_such_separator", "{input}", "{output}"});
    ADD_FAILURE();
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), HasSubstr("separate.command: there is no program 'no_such_separator'"));
  }
}

std::string complaint(const std::string& yaml) {
  try {
    configs::parse_config<SeparateConfig>(yaml, "x.yaml");
    return "";
  } catch (const ConfigError& e) {
    return e.what();
  }
}

TEST(ExternalSettings, SayWhereTheMixAndTheVoiceGo) {
  EXPECT_EQ(
      complaint(
          "{type: external, command: [demucs, -o, '{folder}', '{input}'], output: htdemucs/mix/vocals.wav}"),
      "");
  EXPECT_THAT(complaint("type: external"), HasSubstr("command: must name a program"));
  EXPECT_THAT(complaint("{type: external, command: [demucs]}"), HasSubstr("must say where {input} goes"));
  EXPECT_THAT(complaint("{type: external, command: [demucs, '{input}']}"),
              HasSubstr("must say where {output} goes"));
  EXPECT_THAT(complaint("{type: external, command: [a, '{input}{output}'], output: /tmp/x}"),
              HasSubstr("must be a path inside the temporary folder"));
  EXPECT_THAT(complaint("{type: demucs}"), HasSubstr("external, none, torchscript"));
}

}  // namespace
}  // namespace melomine::separation
