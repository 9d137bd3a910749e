#include "pitch/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/atomic_file.h"
#include "core/error.h"
#include "pitch/activation_image.h"
#include "pitch/activation_store.h"
#include "pitch/crepe_ear.h"
#include "tests/dsp/signals.h"
#include "tests/pitch/crepe_files.h"
#include "tests/support/temp_folder.h"

namespace melomine::pitch {
namespace {

using testing::TempFolder;

/// One-hot frames; a negative bin is a frame of nothing.
Activation one_hot(const std::vector<int>& bins, uint8_t value = 255) {
  Activation activation;
  activation.values.resize(bins.size() * 360);
  for (size_t t = 0; t < bins.size(); ++t)
    if (bins[t] >= 0) activation.values[t * 360 + static_cast<size_t>(bins[t])] = value;
  return activation;
}

std::vector<float> image_of(const Activation& activation, int64_t first, int64_t columns,
                            double voicing = 0.5) {
  std::vector<float> image(static_cast<size_t>(80 * columns), -1);
  draw_activation(activation, first, columns, voicing, image);
  return image;
}

/// Of one column: rows that are not 0, with their values.
std::vector<std::pair<int, float>> lit(const std::vector<float>& image, size_t columns, size_t column) {
  std::vector<std::pair<int, float>> rows;
  for (size_t row = 0; row < 80; ++row)
    if (image[row * columns + column] != 0)
      rows.emplace_back(static_cast<int>(row), image[row * columns + column]);
  return rows;
}

TEST(ActivationImage, APitchLandsInTheRowOfItsDistanceFromTheMean) {
  // Mean 150: bin 150 lies between the edges 89.5 and 90.5 of 180, and rows 39 and 40 meet at 90. Bins 100
  // and 200 are 50 off: 39.5 to 40.5 is inside row 17 (38.25 to 40.5), 139.5 to 140.5 inside row 62 (139.5 to
  // 141.75).
  std::vector<int> bins(12, 150);
  std::fill_n(bins.begin() + 4, 4, 100);
  std::fill_n(bins.begin() + 8, 4, 200);
  const auto image = image_of(one_hot(bins), 0, 3);
  const float whole = 1 / 2.25F;
  const auto middle = lit(image, 3, 0), low = lit(image, 3, 1), high = lit(image, 3, 2);
  ASSERT_EQ(middle.size(), 2u);
  EXPECT_EQ(middle[0].first, 39);
  EXPECT_EQ(middle[1].first, 40);
  EXPECT_NEAR(middle[0].second, whole / 2, 1e-6);
  EXPECT_NEAR(middle[1].second, whole / 2, 1e-6);
  ASSERT_EQ(low.size(), 1u);
  EXPECT_EQ(low[0].first, 17);
  EXPECT_NEAR(low[0].second, whole, 1e-6);
  ASSERT_EQ(high.size(), 1u);
  EXPECT_EQ(high[0].first, 62);
  EXPECT_NEAR(high[0].second, whole, 1e-6);
}

TEST(ActivationImage, AColumnIsTheMeanOfFourFrames) {
  // Frames of activation 1, 0.8, 0.6 and nothing in one bin: (255 + 204 + 153) / (4 * 255) = 0.6 over two
  // rows.
  Activation activation = one_hot({120, 120, 120, -1});
  activation.values[1 * 360 + 120] = 204;
  activation.values[2 * 360 + 120] = 153;
  const auto image = image_of(activation, 0, 1);
  const auto rows = lit(image, 1, 0);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_NEAR(rows[0].second + rows[1].second, 0.6 / 2.25, 1e-6);
  std::vector<float> same(80);
  EXPECT_DOUBLE_EQ(draw_activation(activation, 0, 1, 0.5, same), 0.75) << "three of four frames have a pitch";
  EXPECT_DOUBLE_EQ(draw_activation(activation, 0, 1, 0.7, same), 0.5);
}

TEST(ActivationImage, IsTheSameInAnyKey) {
  const std::vector<int> tune = {150, 150, 160, 160, 170, 175, 150, 145, 120, 120, 130, 130};
  std::vector<int> higher = tune, lower = tune;
  for (int& bin : higher) bin += 35;
  for (int& bin : lower) bin -= 50;
  const auto a = image_of(one_hot(tune), 0, 3), b = image_of(one_hot(higher), 0, 3),
             c = image_of(one_hot(lower), 0, 3);
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 1e-6);
    EXPECT_NEAR(a[i], c[i], 1e-6);
  }
}

TEST(ActivationImage, WhatLiesOutsideCrepesBinsAndTheRecordingIsZero) {
  // A mean at bin 10: the image reaches 80 bins below bin 0 and 100 above bin 0.
  Activation low = one_hot(std::vector<int>(8, 10));
  low.values[0] = 100;
  const auto image = image_of(low, 0, 2);
  EXPECT_NEAR(std::accumulate(image.begin(), image.end(), 0.0) * 2.25, 2 + 100 / 255.0 / 4, 1e-5);
  // Bin 359: 89.5 to 90.5 again, and nothing above it.
  const auto high = lit(image_of(one_hot(std::vector<int>(4, 359)), 0, 1), 1, 0);
  ASSERT_EQ(high.size(), 2u);
  EXPECT_EQ(high[1].first, 40);
  // Beyond both ends of the recording, and far from it.
  const Activation four = one_hot({150, 150, 150, 150});
  const auto around = image_of(four, -2, 2);
  EXPECT_NEAR(lit(around, 2, 0)[0].second, 0.25 / 2.25, 1e-6);
  EXPECT_NEAR(lit(around, 2, 1)[0].second, 0.25 / 2.25, 1e-6);
  for (const int64_t first : {-100, 4, 100})
    for (const float value : image_of(four, first, 2)) EXPECT_EQ(value, 0);
  for (const float value : image_of({}, 0, 2)) EXPECT_EQ(value, 0);
}

TEST(ActivationImage, WithoutAPitchItIsEmpty) {
  const Activation faint = one_hot(std::vector<int>(8, 150), 100);  // 0.39
  for (const float value : image_of(faint, 0, 2, 0.5)) EXPECT_EQ(value, 0);
  EXPECT_FALSE(lit(image_of(faint, 0, 2, 0.3), 2, 0).empty());
  EXPECT_FALSE(has_pitch(faint, 0.5));
  EXPECT_TRUE(has_pitch(faint, 0.3));
  EXPECT_FALSE(has_pitch(one_hot({-1, -1}), 0)) << "nothing at all is no pitch, whatever is asked";
}

TEST(ActivationImage, SizesThatDoNotFitAreRefused) {
  std::vector<float> image(80);
  EXPECT_THROW(draw_activation({}, 0, 2, 0.5, image), ShapeError);
  const std::vector<int64_t> five(5);
  EXPECT_THROW(draw_activation({}, five, 0.5, image), ShapeError);
}

TEST(Activation, PitchIsTheMeanOfNineBinsAroundTheStrongest) {
  Activation activation = one_hot({100});
  activation.values[101] = 85;
  activation.values[104] = 51;
  activation.values[105] = 50;  // the tenth does not count
  EXPECT_NEAR(pitch_bin(activation.frame(0), 0.5), (255 * 100 + 85 * 101 + 51 * 104) / (255.0 + 85 + 51),
              1e-9);
  EXPECT_LT(pitch_bin(one_hot({100}, 120).frame(0), 0.5), 0);
}

TEST(Activation, IsKeptInStepsOf255) {
  dsp::FeatureMatrix matrix{.bins = 360, .frames = 2, .hop_s = 0.01, .values = std::vector<float>(720)};
  matrix.values[2 * 7 + 1] = 0.5F;  // bin 7 of frame 1
  matrix.values[2 * 9] = 1;
  const Activation activation = kept(matrix);
  ASSERT_EQ(activation.frames(), 2);
  EXPECT_EQ(activation.frame(1)[7], 128);
  EXPECT_EQ(activation.frame(0)[9], 255);
  matrix.bins = 180;
  EXPECT_THROW(kept(matrix), ShapeError);
}

TEST(Activation, AnotherTempoTakesTheFramesThatLieThere) {
  const Activation activation = one_hot({10, 20, 30, 40});
  EXPECT_EQ(stretched(activation, 2).values, one_hot({10, 30}).values);
  EXPECT_EQ(stretched(activation, 0.5).values, one_hot({10, 20, 20, 30, 30, 40, 40, 40}).values);
  EXPECT_EQ(stretched(activation, 1).values, activation.values);
  EXPECT_EQ(stretched(activation, 100).frames(), 1);
  EXPECT_THROW(stretched(activation, 0), ConfigError);
}

TEST(ActivationStore, GivesBackWhatWasSavedWholeAndInParts) {
  const TempFolder folder;
  const ActivationStore store(folder / "made");
  EXPECT_FALSE(store.load("abc").has_value());
  const Activation activation = one_hot({1, 2, 3, 4, 5});
  store.save("abc", activation);
  ASSERT_TRUE(store.load("abc").has_value());
  EXPECT_EQ(store.load("abc")->values, activation.values);
  EXPECT_EQ(store.load_frames("abc", 1, 2).values, one_hot({2, 3}).values);
  EXPECT_EQ(store.load_frames("abc", -1, 2).values, one_hot({1}).values);
  EXPECT_EQ(store.load_frames("abc", 4, 9).values, one_hot({5}).values);
  EXPECT_EQ(store.load_frames("abc", 9, 1).frames(), 0);
  EXPECT_THROW(store.load_frames("other", 0, 1), DataError);
  write_file_atomically(folder / "made" / "ab" / "abc.h5", "no HDF5");
  EXPECT_FALSE(store.has("abc"));
}

TEST(CrepeEar, HearsARecordingOnceAndRemembersIt) {
  const TempFolder folder;
  testing::write_keras_file(folder / "weights.h5", testing::random_crepe_arrays(4));
  const CrepeEar bare(folder / "weights.h5", {}), ear(folder / "weights.h5", folder / "cache");
  const auto samples = testing::sine_wave(220, 0.3, 8000);
  const Activation listened = bare.listen(samples, 16000);
  EXPECT_EQ(listened.frames(), 51);
  EXPECT_EQ(bare.hear(samples, 16000).values, listened.values);
  EXPECT_THROW(bare.remember(samples, 16000), ConfigError);
  EXPECT_FALSE(std::filesystem::exists(folder / "cache"));
  for (int again = 0; again < 2; ++again) EXPECT_EQ(ear.hear(samples, 16000).values, listened.values);
  const std::string key = ear.remember(samples, 16000);
  EXPECT_EQ(ear.recall(key, 50, 9).frames(), 1);
  EXPECT_NE(ear.remember(samples, 8000), key) << "another rate is another recording";
  // Later the file is read: what stands in it is what is heard.
  ActivationStore(folder / "cache").save(key, one_hot({77}));
  EXPECT_EQ(ear.hear(samples, 16000).values, one_hot({77}).values);
}

}  // namespace
}  // namespace melomine::pitch
