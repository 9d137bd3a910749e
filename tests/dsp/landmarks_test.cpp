#include "dsp/landmarks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "core/random.h"
#include "dsp/sinc_resample.h"

namespace melomine::dsp {
namespace {

/// Notes of a quarter second with three partials, drawn by a seed.
std::vector<float> tune(uint64_t seed, double duration_s, int rate = 16000) {
  RandomStream random({seed});
  std::vector<float> samples(static_cast<size_t>(duration_s * rate));
  double pitch = 0, phase = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (i % (static_cast<size_t>(rate) / 4) == 0) pitch = 220 * std::exp2(random.uniform(0, 2));
    phase += 2 * std::numbers::pi * pitch / rate;
    const double age = static_cast<double>(i % (static_cast<size_t>(rate) / 4)) / rate;
    samples[i] = static_cast<float>(std::exp(-8 * age) * (0.3 * std::sin(phase) + 0.15 * std::sin(2 * phase) +
                                                          0.1 * std::sin(3 * phase)));
  }
  return samples;
}

/// Share of the first's landmarks that the second has `later` frames later, give or take one.
double agreement(const std::vector<Landmark>& a, const std::vector<Landmark>& b, int32_t later = 0) {
  std::set<std::pair<uint32_t, int32_t>> known;
  for (const Landmark& landmark : b) known.emplace(landmark.hash, landmark.frame);
  double found = 0;
  for (const Landmark& landmark : a)
    for (int32_t slack = -1; slack <= 1; ++slack)
      if (known.contains({landmark.hash, landmark.frame + later + slack})) {
        ++found;
        break;
      }
  return found / static_cast<double>(a.size());
}

TEST(Landmarks, ComeByFrameAtTheStatedDensity) {
  const auto found = landmarks_of(tune(1, 20), 16000);
  EXPECT_GT(found.size(), 20U * 5);
  EXPECT_LT(found.size(), 20U * 80);
  for (const Landmark& landmark : found) {
    EXPECT_LT(landmark.hash, 1U << kLandmarkHashBits);
    EXPECT_LE(landmark.frame * kLandmarkHop_s, 20);
  }
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(),
                             [](const auto& a, const auto& b) { return a.frame < b.frame; }));
}

TEST(Landmarks, SilenceAndNothingHaveNone) {
  EXPECT_TRUE(landmarks_of({}, 16000).empty());
  EXPECT_TRUE(landmarks_of(std::vector<float>(16000 * 5, 0.0f), 16000).empty());
  EXPECT_TRUE(landmarks_of(std::vector<float>(1, 0.5f), 16000).empty());
}

TEST(Landmarks, StayUnderGainResamplingAndACut) {
  const auto samples = tune(2, 20);
  const auto whole = landmarks_of(samples, 16000);
  auto quiet = samples;
  for (float& sample : quiet) sample *= 0.1f;
  EXPECT_GT(agreement(whole, landmarks_of(quiet, 16000)), 0.9);
  const auto slow_rate = sinc_resample(samples, 2, static_cast<int64_t>(samples.size() / 2));
  EXPECT_GT(agreement(whole, landmarks_of(slow_rate, 8000)), 0.7);
  const std::vector<float> later(samples.begin() + 16000 * 5 + 100, samples.end());
  EXPECT_GT(agreement(landmarks_of(later, 16000), whole, static_cast<int32_t>(5 / kLandmarkHop_s)), 0.2);
}

TEST(Landmarks, ChangeWithTheTuneTheKeyAndTheTempo) {
  const auto samples = tune(3, 20);
  const auto whole = landmarks_of(samples, 16000);
  EXPECT_LT(agreement(whole, landmarks_of(tune(4, 20), 16000)), 0.02);
  const auto higher = sinc_resample(samples, std::exp2(1 / 12.0), static_cast<int64_t>(samples.size() / 2));
  EXPECT_LT(agreement(landmarks_of(higher, 16000), whole), 0.02);
}

TEST(Landmarks, AnyRateIsHeard) {
  const auto low = landmarks_of(tune(1, 20, 4000), 4000), high = landmarks_of(tune(1, 20, 48000), 48000);
  EXPECT_GT(low.size(), 20U);
  EXPECT_GT(high.size(), 20U * 5);
}

}  // namespace
}  // namespace melomine::dsp
