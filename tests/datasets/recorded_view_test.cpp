#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <set>

#include "core/error.h"
#include "datasets/batch_maker.h"
#include "tests/support/made_audio.h"

namespace melomine::datasets {
namespace {

constexpr int64_t kRate_hz = 1000, kHop = 10, kFrames = 20;

/// Images whose only row holds the samples that their frames lie on.
class PlaceImages : public ClipImages {
 public:
  int64_t sample_rate_hz() const override { return kRate_hz; }
  int64_t hop_samples() const override { return kHop; }
  int64_t window_frames() const override { return kFrames; }
  int64_t rows() const override { return 1; }
  int64_t columns() const override { return kFrames; }
  void draw(std::span<const float> samples, int64_t first, std::span<float> image) const override {
    for (int64_t t = 0; t < kFrames; ++t)
      image[static_cast<size_t>(t)] = samples[static_cast<size_t>((first + t) * kHop)] / kSampleScale;
  }
};

class PlaceRecordings : public RecordedImages {
 public:
  void hear(const std::vector<std::string>& ids, const AudioReader&) override {
    heard.insert(ids.begin(), ids.end());
  }
  void draw(const std::string&, std::span<const int64_t> places, std::span<float> image) const override {
    for (size_t t = 0; t < places.size(); ++t)
      image[t] = places[t] == kNoPlace ? -1 : static_cast<float>(places[t]);
  }
  std::set<std::string> heard;
};

/// Sample n of any recording is n.
AudioReader counting_reader() {
  return melomine::testing::reader_of(
      [](const std::string&, int64_t sample) { return static_cast<double>(sample) * kSampleScale; });
}

std::vector<FragmentGroup> groups() {
  std::vector<FragmentGroup> all;
  for (const std::string song : {"a", "b", "c"}) {
    FragmentGroup group{song, song, 2, {}};
    for (const std::string take : {"1", "2"})
      group.fragments.push_back({song + take, RecordingKind::kHumming, {5, 7}, {{{0, 2}, {5, 7}}}});
    all.push_back(group);
  }
  return all;
}

BatchSettings settings(const std::vector<ClipTransformConfig>& augment) {
  return {.window = {.length_s = 0.2, .step_s = 0.1, .context_s = 0.05}, .sampler = {}, .augment = augment};
}

ClipTransformConfig always(const std::string& type) {
  return {configs::Choice<TransformKind>(type), 1};
}

TEST(RecordedView, FramesLieWhereTheSamplesOfClipsDo) {
  for (const auto& augment :
       {std::vector<ClipTransformConfig>{}, std::vector<ClipTransformConfig>{always("time_stretch")}}) {
    const auto recordings = std::make_shared<PlaceRecordings>();
    const auto images = std::make_shared<PlaceImages>();
    const BatchMaker recorded(groups(), counting_reader(), {images, recordings}, settings(augment), {3, 0});
    EXPECT_EQ(recordings->heard, (std::set<std::string>{"a1", "a2", "b1", "b2", "c1", "c2"}));
    const Batch by_place = recorded.make(1);
    EXPECT_EQ(by_place.bins, 1);
    EXPECT_EQ(by_place.frames, kFrames);
    if (!augment.empty()) {
      for (int64_t i = 0; i < by_place.size; ++i) {
        const float* row = by_place.features.data() + i * kFrames;
        const double rate = (row[kFrames - 1] - row[0]) / (kHop * (kFrames - 1.0));
        EXPECT_GT(rate, 0.78);
        EXPECT_LT(rate, 1.27);
      }
      continue;
    }
    const Batch by_sample =
        BatchMaker(groups(), counting_reader(), {images}, settings(augment), {3, 0}).make(1);
    EXPECT_EQ(by_place.features, by_sample.features);
    EXPECT_EQ(by_place.groups, by_sample.groups);
  }
}

TEST(RecordedView, WhatChangesTheSoundOfClipsIsRefused) {
  for (const auto& type : TransformKind::catalogue().names()) {
    const bool is_shape = type == "time_stretch" || type == "pitch_shift" || type == "splice_out";
    EXPECT_EQ(configs::Choice<TransformKind>(type)->changes_samples(), !is_shape) << type;
    const ClipView view{std::make_shared<PlaceImages>(), std::make_shared<PlaceRecordings>()};
    const auto make = [&](double probability) {
      ClipTransformConfig config = always(type);
      config.probability = probability;
      BatchMaker(groups(), counting_reader(), view, settings({config}), {3, 0});
    };
    EXPECT_NO_THROW(make(0));
    if (is_shape)
      EXPECT_NO_THROW(make(1));
    else
      EXPECT_THROW(make(1), ConfigError);
  }
}

TEST(ClipShape, PlacesAreThoseOfTheSamplesThatAreLeft) {
  // Two cuts of 30 samples, before samples 20 and 50 of 100.
  const ClipShape shape{.rate = 1, .semitones = 0, .cuts = {{0.2, 30}, {0.5, 30}}};
  std::vector<float> source(160);
  for (size_t i = 0; i < source.size(); ++i) source[i] = static_cast<float>(i);
  const std::vector<float> clip = reshape_clip(source, shape, 100, 16000);
  for (int64_t place = 0; place < 100; ++place)
    EXPECT_EQ(source_place(shape, 100, place), clip[static_cast<size_t>(place)]) << place;
  EXPECT_DOUBLE_EQ(source_place({.rate = 1.25, .semitones = 3, .cuts = {{0.2, 30}}}, 100, 40), 1.25 * 70);
}

}  // namespace
}  // namespace melomine::datasets
