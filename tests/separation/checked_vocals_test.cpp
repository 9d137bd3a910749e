#include "separation/checked_vocals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"

namespace melomine::separation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

dsp::AudioBuffer audio(std::vector<float> samples) {
  return {std::move(samples), 10};
}

std::string reason(const dsp::AudioBuffer& mix, const dsp::AudioBuffer& vocals, double tolerance_s) {
  try {
    checked_vocals(mix, vocals, tolerance_s);
    return "";
  } catch (const DataError& e) {
    return e.what();
  }
}

TEST(CheckedVocals, AreAsLongAsTheMixAnd16Bits) {
  const auto mix = audio({0.5f, 0.5f, 0.5f, 0.5f});
  EXPECT_THAT(checked_vocals(mix, audio({0.25f, -0.25f, 1.5f, -1.5f}), 0),
              ElementsAre(8192, -8192, 32767, -32768));
  EXPECT_THAT(checked_vocals(mix, audio({0.25f, 0.25f, 0.25f}), 0.11), ElementsAre(8192, 8192, 8192, 0));
  EXPECT_THAT(checked_vocals(mix, audio(std::vector<float>(5, 0.25f)), 0.11),
              ElementsAre(8192, 8192, 8192, 8192));
}

TEST(CheckedVocals, AnotherLengthIsToldInSeconds) {
  const auto mix = audio({0.5f, 0.5f, 0.5f, 0.5f});
  EXPECT_EQ(reason(mix, audio({0.25f, 0.25f}), 0.1), "the result lasts 0.200 s, its mix 0.400 s");
  EXPECT_EQ(reason(mix, audio(std::vector<float>(6, 0.25f)), 0.1),
            "the result lasts 0.600 s, its mix 0.400 s");
  EXPECT_EQ(reason(mix, audio({}), 0.1), "the result lasts 0.000 s, its mix 0.400 s");
}

TEST(CheckedVocals, WhatIsNotFiniteIsRefused) {
  for (const float odd : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    EXPECT_THAT(reason(audio({0.5f, 0.5f, 0.5f}), audio({0.1f, odd, 0.1f}), 0),
                HasSubstr("at 0.10 s are not finite"));
}

TEST(CheckedVocals, SilenceIsRefusedWhereTheMixSounds) {
  const auto quiet = static_cast<float>(std::pow(10.0, kSilence_db / 20) * 0.9);
  EXPECT_EQ(reason(audio({0.5f, 0}), audio({quiet, -quiet}), 0), "the result is silent");
  EXPECT_EQ(reason(audio({0.5f, 0}), audio({quiet * 2, 0}), 0), "");
  EXPECT_EQ(reason(audio({0, quiet}), audio({0, 0}), 0), "");
}

}  // namespace
}  // namespace melomine::separation
