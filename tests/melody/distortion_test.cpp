#include "melody/distortion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "configs/config.h"
#include "core/error.h"
#include "melody/distortions/absurd_notes.h"
#include "melody/distortions/drop_out.h"
#include "melody/distortions/fill_rests.h"
#include "melody/distortions/key.h"
#include "melody/distortions/mask.h"
#include "melody/distortions/pitch_noise.h"
#include "melody/distortions/pitch_spread.h"
#include "melody/distortions/smooth.h"
#include "melody/distortions/tempo.h"
#include "tests/melody/tunes.h"

namespace melomine::melody {
namespace {

using testing::contour_with;
using testing::random_tune;

dsp::Contour tune_contour(uint64_t seed = 3) {
  return dsp::contour_of(random_tune(seed, 40), 0.1);
}

/// The contour after one distortion, for many streams.
template <class Config>
void for_draws(const dsp::Contour& contour, const Config& config,
               const std::function<void(const CentredContour&)>& look, int draws = 200) {
  for (int i = 0; i < draws; ++i) {
    RandomStream random({static_cast<uint64_t>(i)});
    CentredContour centred{contour, 11.5};
    distort(centred, config, random);
    ASSERT_EQ(centred.contour.pitch_midi.size(), centred.contour.voiced.size());
    look(centred);
  }
}

template <class Config>
dsp::Contour once(const dsp::Contour& contour, const Config& config) {
  RandomStream random({1});
  CentredContour centred{contour, 0};
  distort(centred, config, random);
  return centred.contour;
}

/// Whether all but the pitch of sung frames is as it was.
void expect_only_pitch_changed(const dsp::Contour& before, const CentredContour& after) {
  EXPECT_EQ(before.voiced, after.contour.voiced);
  EXPECT_EQ(after.centre, 11.5);
  for (size_t t = 0; t < before.voiced.size(); ++t)
    if (before.voiced[t] == 0) {
      EXPECT_EQ(after.contour.pitch_midi[t], 0);
    }
}

/// Whether frames were lost and nothing else happened; how many.
int64_t expect_only_lost(const dsp::Contour& before, const CentredContour& after) {
  EXPECT_EQ(after.centre, 11.5);
  EXPECT_EQ(after.contour.frames(), before.frames());
  int64_t lost = 0;
  for (size_t t = 0; t < before.voiced.size(); ++t) {
    const bool sung = after.contour.voiced[t] != 0;
    EXPECT_EQ(after.contour.pitch_midi[t], sung ? before.pitch_midi[t] : 0);
    EXPECT_LE(after.contour.voiced[t], before.voiced[t]);
    lost += before.voiced[t] - after.contour.voiced[t];
  }
  return lost;
}

TEST(Key, MovesAllByOneIntervalUpToTheAsked) {
  const dsp::Contour before = tune_contour();
  double lowest = 0, highest = 0;
  for_draws(before, KeyConfig{.semitones = 3}, [&](const CentredContour& after) {
    expect_only_pitch_changed(before, after);
    const auto first = std::find(before.voiced.begin(), before.voiced.end(), 1) - before.voiced.begin();
    const double shift =
        after.contour.pitch_midi[static_cast<size_t>(first)] - before.pitch_midi[static_cast<size_t>(first)];
    for (size_t t = 0; t < before.voiced.size(); ++t) {
      if (before.voiced[t] != 0) {
        EXPECT_NEAR(after.contour.pitch_midi[t] - before.pitch_midi[t], shift, 1e-4);
      }
    }
    lowest = std::min(lowest, shift);
    highest = std::max(highest, shift);
  });
  EXPECT_NEAR(lowest, -3, 0.2);
  EXPECT_NEAR(highest, 3, 0.2);
}

TEST(PitchSpread, ScalesDistancesFromTheMeanByOneFactor) {
  const dsp::Contour before = contour_with({60, 0, 64, 68});
  std::vector<double> scales;
  for_draws(before, PitchSpreadConfig{.min_scale = 0.5, .max_scale = 1.5}, [&](const CentredContour& after) {
    expect_only_pitch_changed(before, after);
    EXPECT_NEAR(after.contour.pitch_midi[2], 64, 1e-4);
    EXPECT_NEAR(after.contour.pitch_midi[0] + after.contour.pitch_midi[3], 128, 1e-4);
    scales.push_back((after.contour.pitch_midi[3] - 64) / 4);
  });
  EXPECT_NEAR(*std::min_element(scales.begin(), scales.end()), 0.5, 0.03);
  EXPECT_NEAR(*std::max_element(scales.begin(), scales.end()), 1.5, 0.03);
}

TEST(PitchNoise, MovesPiecesByNormalErrors) {
  const dsp::Contour before = contour_with(std::vector<float>(400, 60));
  double squares = 0;
  int pieces = 0;
  for_draws(before, PitchNoiseConfig{.semitones = 0.7, .min_length_s = 0.3, .max_length_s = 0.5},
            [&](const CentredContour& after) {
              expect_only_pitch_changed(before, after);
              const std::vector<float>& pitch = after.contour.pitch_midi;
              for (size_t begin = 0, end = 0; begin < pitch.size(); begin = end) {
                while (end < pitch.size() && pitch[end] == pitch[begin]) ++end;
                squares += std::pow(pitch[begin] - 60, 2);
                ++pieces;
                if (end < pitch.size()) {
                  EXPECT_GE(end - begin, 3u);
                  EXPECT_LE(end - begin, 5u);
                }
              }
            });
  EXPECT_NEAR(std::sqrt(squares / pieces), 0.7, 0.02);
  // Rests stay rests.
  const dsp::Contour sung = tune_contour();
  for_draws(sung, PitchNoiseConfig{},
            [&](const CentredContour& after) { expect_only_pitch_changed(sung, after); });
}

TEST(Mask, HidesStretchesNoLongerAndNoMoreThanAsked) {
  const dsp::Contour before = contour_with(std::vector<float>(200, 60));
  std::set<int64_t> lengths;
  for_draws(before, MaskConfig{.stretches = 2, .max_length_s = 1}, [&](const CentredContour& after) {
    const int64_t lost = expect_only_lost(before, after);
    lengths.insert(lost);
    int edges = 0;
    for (size_t t = 1; t < 200; ++t) edges += after.contour.voiced[t] < after.contour.voiced[t - 1];
    EXPECT_LE(edges, 2);
  });
  EXPECT_LE(*lengths.rbegin(), 20);
  EXPECT_GE(*lengths.rbegin(), 15);
  EXPECT_GE(lengths.size(), 10u);
  EXPECT_EQ(once(dsp::Contour{}, MaskConfig{}).frames(), 0);
}

TEST(DropOut, LosesSingleFramesByTheDrawnShare) {
  const dsp::Contour before = contour_with(std::vector<float>(1000, 60));
  double mean = 0, most = 0;
  for_draws(before, DropOutConfig{.max_share = 0.4}, [&](const CentredContour& after) {
    const double share = static_cast<double>(expect_only_lost(before, after)) / 1000;
    mean += share / 200;
    most = std::max(most, share);
  });
  EXPECT_NEAR(mean, 0.2, 0.03);
  EXPECT_NEAR(most, 0.4, 0.05);
  EXPECT_EQ(once(before, DropOutConfig{.max_share = 0}).pitch_midi, before.pitch_midi);
}

TEST(FillRests, SingsThroughShortRestsBetweenSungFrames) {
  const dsp::Contour before = contour_with({0, 60, 0, 0, 62, 0, 0, 0, 63, 0});
  const dsp::Contour after = once(before, FillRestsConfig{.longest_s = 0.2});
  EXPECT_EQ(after.pitch_midi, (std::vector<float>{0, 60, 60, 60, 62, 0, 0, 0, 63, 0}));
  EXPECT_EQ(after.voiced, (std::vector<uint8_t>{0, 1, 1, 1, 1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(once(before, FillRestsConfig{.longest_s = 9}).pitch_midi,
            (std::vector<float>{0, 60, 60, 60, 62, 62, 62, 62, 63, 0}));
  EXPECT_EQ(once(contour_with({0, 0}), FillRestsConfig{}).voiced, (std::vector<uint8_t>{0, 0}));
}

TEST(Smooth, AveragesWithinAPhraseAndNotAcrossRests) {
  std::vector<float> pitch(30, 60);
  std::fill(pitch.begin() + 10, pitch.begin() + 20, 66);
  std::fill(pitch.begin() + 20, pitch.begin() + 23, 0);
  const dsp::Contour before = contour_with(pitch);
  bool changed = false;
  for_draws(before, SmoothConfig{.max_width_s = 0.6}, [&](const CentredContour& after) {
    expect_only_pitch_changed(before, after);
    const std::vector<float>& smooth = after.contour.pitch_midi;
    for (size_t t = 0; t < 20; ++t) {
      // Within three frames of the step the pitch is on its way; elsewhere it stays.
      if (t >= 7 && t < 13)
        EXPECT_TRUE(smooth[t] >= 60 && smooth[t] <= 66);
      else
        EXPECT_FLOAT_EQ(smooth[t], pitch[t]);
      if (t > 0) {
        EXPECT_GE(smooth[t], smooth[t - 1] - 1e-4f);
      }
    }
    for (size_t t = 23; t < 30; ++t) EXPECT_FLOAT_EQ(smooth[t], 60);
    changed = changed || smooth[9] > 60.5f;
  });
  EXPECT_TRUE(changed);
  EXPECT_EQ(once(before, SmoothConfig{.max_width_s = 0}).pitch_midi, pitch);
}

TEST(AbsurdNotes, StandAnywhereWithinTheirRange) {
  const dsp::Contour before = contour_with([] {
    std::vector<float> pitch(200, 60);
    std::fill(pitch.begin() + 50, pitch.begin() + 100, 0);
    return pitch;
  }());
  double farthest = 0;
  bool in_rest = false;
  for_draws(before, AbsurdNotesConfig{.notes = 3, .min_length_s = 0.2, .max_length_s = 0.5, .semitones = 10},
            [&](const CentredContour& after) {
              EXPECT_EQ(after.centre, 11.5);
              int changed = 0;
              for (size_t t = 0; t < 200; ++t) {
                const float pitch = after.contour.pitch_midi[t];
                if (pitch == before.pitch_midi[t] && after.contour.voiced[t] == before.voiced[t]) continue;
                ++changed;
                EXPECT_EQ(after.contour.voiced[t], 1);
                farthest = std::max(farthest, std::abs(pitch - 60.0));
                in_rest = in_rest || (t >= 50 && t < 100);
              }
              EXPECT_GE(changed, 1);
              EXPECT_LE(changed, 15);
            });
  EXPECT_NEAR(farthest, 10, 0.5);
  EXPECT_LE(farthest, 10);
  EXPECT_TRUE(in_rest);
  EXPECT_EQ(once(contour_with({0, 0, 0}), AbsurdNotesConfig{}).voiced, (std::vector<uint8_t>{0, 0, 0}));
}

TEST(Tempo, OfOnePieceIsResamplingByOneRate) {
  std::vector<float> rising;
  rising.reserve(100);
  for (int i = 0; i < 100; ++i) rising.push_back(40 + 0.1f * static_cast<float>(i));
  RandomStream random({1});
  CentredContour fast{contour_with(rising), 40};
  distort(fast, TempoConfig{.pieces = 1, .min_rate = 2, .max_rate = 2}, random);
  ASSERT_EQ(fast.contour.frames(), 50);
  EXPECT_DOUBLE_EQ(fast.centre, 20);
  for (size_t t = 0; t < 50; ++t) EXPECT_EQ(fast.contour.pitch_midi[t], rising[2 * t + 1]);
  CentredContour slow{contour_with(rising), 40};
  distort(slow, TempoConfig{.pieces = 1, .min_rate = 0.5, .max_rate = 0.5}, random);
  ASSERT_EQ(slow.contour.frames(), 200);
  EXPECT_DOUBLE_EQ(slow.centre, 80);
  for (size_t t = 0; t < 200; ++t) EXPECT_EQ(slow.contour.pitch_midi[t], rising[t / 2]);
}

TEST(Tempo, KeepsTheOrderTheCentreAndTheRates) {
  // The pitch tells the frame it was, rests among them.
  std::vector<float> place;
  place.reserve(300);
  for (int i = 0; i < 300; ++i) place.push_back(i % 7 == 0 ? 0 : 1 + static_cast<float>(i));
  bool shorter = false, longer = false;
  for (const double centre : {0.0, 150.4, 299.9}) {
    for (int i = 0; i < 100; ++i) {
      RandomStream random({static_cast<uint64_t>(i)});
      CentredContour after{contour_with(place), centre};
      distort(after, TempoConfig{.pieces = 4, .min_rate = 0.8, .max_rate = 1.25}, random);
      float last = 0;
      for (size_t t = 0; t < after.contour.voiced.size(); ++t) {
        EXPECT_EQ(after.contour.voiced[t], after.contour.pitch_midi[t] > 0);
        if (after.contour.voiced[t] == 0) continue;
        EXPECT_GE(after.contour.pitch_midi[t], last);
        EXPECT_LE(after.contour.pitch_midi[t], last + 5);
        last = after.contour.pitch_midi[t];
      }
      const int64_t frames = after.contour.frames();
      EXPECT_GE(frames, static_cast<int64_t>(300 / 1.25) - 4);
      EXPECT_LE(frames, static_cast<int64_t>(300 / 0.8) + 4);
      shorter = shorter || frames < 280;
      longer = longer || frames > 320;
      const auto at =
          static_cast<size_t>(std::clamp<int64_t>(static_cast<int64_t>(after.centre), 0, frames - 1));
      if (after.contour.voiced[at] != 0) {
        EXPECT_NEAR(after.contour.pitch_midi[at] - 1, centre, 2.1);
      }
    }
  }
  EXPECT_TRUE(shorter);
  EXPECT_TRUE(longer);
}

// The list

struct DistortionList {
  std::vector<DistortionConfig> distortions;
};
void bind(configs::Binder& b, DistortionList& c) {
  b.nested_list("distortions", c.distortions, "");
}

std::vector<DistortionConfig> list_of(const std::string& yaml) {
  return configs::parse_config<DistortionList>("distortions: " + yaml, "d.yaml").distortions;
}

TEST(Distortions, AreTheNineOfSystemD) {
  EXPECT_THAT(DistortionKind::catalogue().names(),
              ::testing::ElementsAre("absurd_notes", "drop_out", "fill_rests", "key", "mask", "pitch_noise",
                                     "pitch_spread", "smooth", "tempo"));
}

TEST(Distortions, EachIsAppliedToTheAskedShare) {
  const dsp::Contour before = tune_contour();
  const Distortions some(list_of("[{type: key, probability: 0.3}]"));
  int applied = 0;
  for (uint64_t key = 0; key < 2000; ++key) {
    CentredContour after{before, 0};
    some.apply(after, key);
    applied += after.contour.pitch_midi != before.pitch_midi;
  }
  EXPECT_NEAR(applied / 2000.0, 0.3, 0.05);
}

TEST(PropertyDistortions, OneMoreLeavesTheOthersDrawsAlone) {
  const dsp::Contour before = contour_with(std::vector<float>(80, 60));
  const Distortions key(list_of("[{type: key, probability: 0.7}]"));
  const Distortions both(list_of("[{type: mask, probability: 0.5}, {type: key, probability: 0.7}]"));
  for (uint64_t draw = 0; draw < 100; ++draw) {
    CentredContour a{before, 0}, b{before, 0}, again{before, 0};
    key.apply(a, draw);
    both.apply(b, draw);
    both.apply(again, draw);
    EXPECT_EQ(b.contour.pitch_midi, again.contour.pitch_midi);
    for (size_t t = 0; t < 80; ++t)
      if (b.contour.voiced[t] != 0) {
        EXPECT_EQ(b.contour.pitch_midi[t], a.contour.pitch_midi[t]);
      }
  }
  // The same one twice draws twice.
  const Distortions twice(list_of("[{type: key, semitones: 1}, {type: key, semitones: 1}]"));
  CentredContour after{before, 0}, first{before, 0};
  twice.apply(after, 5);
  Distortions(list_of("[{type: key, semitones: 1}]")).apply(first, 5);
  const float shift = first.contour.pitch_midi[0] - 60;
  EXPECT_NE(after.contour.pitch_midi[0], 60 + 2 * shift);
}

TEST(PropertyDistortions, AllOfThemTogetherLeaveAContourAContour) {
  std::string yaml = "[";
  for (const std::string& name : DistortionKind::catalogue().names()) yaml += "{type: " + name + "}, ";
  const Distortions all(list_of(yaml + "]"));
  for (uint64_t draw = 0; draw < 300; ++draw) {
    CentredContour after{tune_contour(draw), 50};
    if (draw % 5 == 0) after = {dsp::Contour{}, 0};
    if (draw % 7 == 0) after.contour = contour_with({60});
    all.apply(after, draw);
    ASSERT_EQ(after.contour.pitch_midi.size(), after.contour.voiced.size());
    ASSERT_EQ(after.contour.pitch_midi.size(), after.contour.begins.size());
    EXPECT_TRUE(std::isfinite(after.centre));
    for (size_t t = 0; t < after.contour.voiced.size(); ++t) {
      EXPECT_EQ(after.contour.pitch_midi[t] > 0, after.contour.voiced[t] != 0);
      EXPECT_LT(after.contour.pitch_midi[t], 140);
    }
  }
}

TEST(Distortions, AreReadStrictly) {
  const auto message = [](const char* yaml) -> std::string {
    try {
      list_of(yaml);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message("[{type: masks}]"), ::testing::HasSubstr("did you mean 'mask'"));
  EXPECT_THAT(message("[{type: tempo, min_rate: 2}]"), ::testing::HasSubstr("max_rate"));
  EXPECT_THAT(message("[{type: key, probability: 2}]"), ::testing::HasSubstr("probability"));
  EXPECT_EQ(message("[]"), "accepted");
}

}  // namespace
}  // namespace melomine::melody
