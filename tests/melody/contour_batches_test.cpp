#include "melody/contour_batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "core/error.h"
#include "datasets/group_sampler.h"

namespace melomine::melody {
namespace {

using datasets::Fragment;
using datasets::FragmentGroup;
using datasets::RecordingKind;

constexpr double kHop_s = 0.1;

/// A rising line: pitch 40 + 0.1 a frame, so that a frame's pitch tells its place.
dsp::Contour line(int64_t frames, float from) {
  dsp::Contour contour{kHop_s,
                       {},
                       std::vector<uint8_t>(static_cast<size_t>(frames), 1),
                       std::vector<uint8_t>(static_cast<size_t>(frames), 0)};
  for (int64_t t = 0; t < frames; ++t) contour.pitch_midi.push_back(from + 0.1f * static_cast<float>(t));
  return contour;
}

Fragment fragment(const std::string& recording, RecordingKind kind, double start_s, double end_s) {
  Fragment f;
  f.recording_id = recording;
  f.kind = kind;
  f.interval = {start_s, end_s};
  f.time_map = {LinearMap{{0, end_s - start_s}, {start_s, end_s}}};
  return f;
}

/// Two songs; the cover of the first begins 5 s later.
std::vector<FragmentGroup> groups() {
  std::vector<FragmentGroup> all(2);
  all[0].group_id = "a/1";
  all[0].song_id = "a";
  all[0].duration_s = 10;
  all[0].fragments = {fragment("a_original", RecordingKind::kOriginal, 2, 12),
                      fragment("a_cover", RecordingKind::kCover, 7, 17)};
  all[1].group_id = "b/1";
  all[1].song_id = "b";
  all[1].duration_s = 10;
  all[1].fragments = {fragment("b_original", RecordingKind::kOriginal, 0, 10),
                      fragment("b_hum", RecordingKind::kHumming, 0, 10)};
  return all;
}

RecordedContours contours() {
  // In the cover the same notes lie 50 frames later: at frame t + 50 it has the original's pitch at t.
  return {{"a_original", line(300, 40)},
          {"a_cover", line(300, 35)},
          {"b_original", line(200, 60)},
          {"b_hum", line(200, 60)}};
}

ContourWindow fixed_window() {
  ContourWindow window{.hop_s = kHop_s, .frames = 20, .view = {}};
  window.view.rests = dsp::Rests::kHold;
  window.view.origin = dsp::PitchOrigin::kFixed;
  window.view.origin_midi = 0;
  window.view.scale_semitones = 1;
  return window;
}

ContourBatchMaker maker(const ContourBatchConfig& config = {}, const ContourWindow& window = fixed_window()) {
  return {groups(), contours(), config, window, {7, 1}};
}

TEST(ContourBatches, ClipsOfAGroupAreTheSamePlaceInEachRecording) {
  const auto batches = maker();
  for (int64_t step = 0; step < 5; ++step) {
    const datasets::Batch batch = batches.make(step);
    ASSERT_EQ(batch.bins, 2);
    ASSERT_EQ(batch.frames, 20);
    ASSERT_EQ(batch.features.size(), static_cast<size_t>(batch.size * 40));
    for (int64_t a = 0; a < batch.size; ++a) {
      const float* of_a = batch.features.data() + a * 40;
      for (int64_t t = 20; t < 40; ++t) EXPECT_EQ(of_a[t], 1) << "voiced";
      for (int64_t b = 0; b < batch.size; ++b) {
        const float* of_b = batch.features.data() + b * 40;
        const bool same = batch.groups[static_cast<size_t>(a)] == batch.groups[static_cast<size_t>(b)];
        // A window is cut at whole frames: a tenth of a semitone.
        EXPECT_EQ(std::fabs(of_a[0] - of_b[0]) < 0.11, same) << of_a[0] << " " << of_b[0];
        EXPECT_EQ(batch.same_melody[static_cast<size_t>(a * batch.size + b)], same ? 1 : 0);
      }
    }
  }
}

TEST(ContourBatches, LabelsAreThoseOfGroupsAndFragments) {
  const datasets::Batch batch = maker().make(0);
  for (int64_t i = 0; i < batch.size; ++i) {
    const auto at = static_cast<size_t>(i);
    EXPECT_EQ(batch.songs[at], batch.groups[at]);
    const bool hum = batch.domains[at] == 1;
    EXPECT_TRUE(!hum || batch.songs[at] == 1) << "song a has none";
    for (int64_t j = 0; j < i; ++j)
      EXPECT_NE(batch.recordings[at], batch.recordings[static_cast<size_t>(j)]) << "each clip of another one";
  }
}

TEST(PropertyContourBatches, DependOnTheStepAlone) {
  const auto a = maker(), b = maker();
  const auto third = a.make(3);
  for (int64_t step = 0; step < 3; ++step) b.make(step);
  std::vector<datasets::Batch> made(2);
  std::thread one([&] { made[0] = b.make(3); }), two([&] { made[1] = a.make(3); });
  one.join();
  two.join();
  for (const auto& batch : made) {
    EXPECT_EQ(batch.features, third.features);
    EXPECT_EQ(batch.groups, third.groups);
  }
  EXPECT_NE(a.make(4).features, third.features);
}

TEST(PropertyContourBatches, PartsOfTwoSideBySideAreThoseOfTheWhole) {
  const auto batches = maker();
  const datasets::Batch one = batches.make(0), two = batches.make(1);
  const datasets::Batch whole = side_by_side(one, two, 2, 4);
  for (const int64_t cut : {int64_t{1}, one.size - 1, one.size, one.size + 1}) {
    std::vector<float> features;
    for (const datasets::BatchRows rows :
         {datasets::BatchRows{0, cut}, datasets::BatchRows{cut, whole.size}}) {
      const datasets::Batch part =
          side_by_side(batches.make(0, rows), batches.make(1, rows.behind(one.size)), 2, 4);
      EXPECT_EQ(part.rows.first, rows.first) << cut;
      EXPECT_EQ(part.rows.end, rows.end) << cut;
      EXPECT_EQ(part.same_melody, whole.same_melody);
      features.insert(features.end(), part.features.begin(), part.features.end());
    }
    EXPECT_EQ(features, whole.features) << cut;
  }
}

TEST(ContourBatches, ARecordingWithoutContourIsNamed) {
  RecordedContours some = contours();
  some.erase("a_cover");
  try {
    const ContourBatchMaker maker(groups(), std::move(some), {}, fixed_window(), {7, 1});
    FAIL() << "taken";
  } catch (const DataError& e) {
    EXPECT_NE(std::string(e.what()).find("a_cover"), std::string::npos);
  }
}

TEST(ContourBatches, AMaskByLevelIsRefused) {
  ContourBatchConfig config;
  config.sampler.voice.level_db = 30;
  EXPECT_THROW(maker(config), ConfigError);
}

TEST(SideBySide, CountsGroupsSongsAndRecordingsOn) {
  const datasets::Batch one = maker().make(0), two = maker().make(1);
  const datasets::Batch both = side_by_side(one, two, 2, 4);
  ASSERT_EQ(both.size, one.size + two.size);
  const auto n = static_cast<size_t>(one.size);
  const int64_t groups_of_one = 1 + *std::max_element(one.groups.begin(), one.groups.end());
  for (size_t i = 0; i < static_cast<size_t>(two.size); ++i) {
    EXPECT_EQ(both.groups[n + i], groups_of_one + two.groups[i]);
    EXPECT_EQ(both.songs[n + i], 2 + two.songs[i]);
    EXPECT_EQ(both.recordings[n + i], 4 + two.recordings[i]);
    EXPECT_EQ(both.domains[n + i], two.domains[i]);
  }
  EXPECT_TRUE(std::equal(two.features.begin(), two.features.end(),
                         both.features.end() - static_cast<std::ptrdiff_t>(two.features.size())));
  const auto size = static_cast<size_t>(both.size);
  for (size_t a = 0; a < size; ++a)
    for (size_t b = 0; b < size; ++b)
      EXPECT_EQ(both.same_melody[a * size + b], both.songs[a] == both.songs[b] ? 1 : 0);
  datasets::Batch other = two;
  other.frames = 3;
  EXPECT_THROW(side_by_side(one, other, 2, 4), ShapeError);
}

}  // namespace
}  // namespace melomine::melody
