#include "melody/melody_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "configs/config.h"
#include "core/error.h"
#include "tests/melody/tunes.h"

namespace melomine::melody {
namespace {

using ::testing::HasSubstr;
using testing::random_melodies;
using testing::random_tune;
using testing::steady_tune;

/// Batches of 8 windows without any sign of life.
MelodyBatchConfig lifeless() {
  MelodyBatchConfig config;
  config.windows = 8;
  config.start_jitter_s = 0;
  config.performance = exact_performance();
  return config;
}

MelodyBatchConfig lively() {
  MelodyBatchConfig config;
  config.windows = 8;
  config.distortions =
      configs::parse_config<MelodyBatchConfig>(
          "distortions: [{type: mask, probability: 0.5}, {type: tempo, probability: 0.5}]", "d.yaml")
          .distortions;
  return config;
}

std::span<const float> row(const datasets::Batch& batch, int64_t clip, int64_t bin) {
  return std::span(batch.features)
      .subspan(static_cast<size_t>((clip * batch.bins + bin) * batch.frames),
               static_cast<size_t>(batch.frames));
}

/// Pearson's correlation of two pitch rows.
double correlation(std::span<const float> a, std::span<const float> b) {
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sa += a[i];
    sb += b[i];
    saa += static_cast<double>(a[i]) * a[i];
    sbb += static_cast<double>(b[i]) * b[i];
    sab += static_cast<double>(a[i]) * b[i];
  }
  const auto n = static_cast<double>(a.size());
  return (n * sab - sa * sb) / std::sqrt((n * saa - sa * sa) * (n * sbb - sb * sb) + 1e-12);
}

/// Mean correlation of the two views of each window, and of views of different windows.
std::pair<double, double> mean_correlations(const MelodyBatchMaker& maker, int64_t batches) {
  double same = 0, other = 0;
  int64_t sames = 0, others = 0;
  for (int64_t step = 0; step < batches; ++step) {
    const datasets::Batch batch = maker.make(step);
    for (int64_t a = 0; a < batch.size; ++a)
      for (int64_t b = 0; b < a; ++b) {
        const double r = correlation(row(batch, a, 0), row(batch, b, 0));
        const bool positive = batch.groups[static_cast<size_t>(a)] == batch.groups[static_cast<size_t>(b)];
        (positive ? same : other) += r;
        (positive ? sames : others) += 1;
      }
  }
  return {same / static_cast<double>(sames), other / static_cast<double>(others)};
}

TEST(MelodyBatches, HoldWhatTheySay) {
  MelodyBatchConfig config = lively();
  config.views = 3;
  const MelodyBatchMaker maker(random_melodies(30, 40), config, {.hop_s = 0.1, .frames = 28, .view = {}},
                               {1, 0});
  const datasets::Batch batch = maker.make(5);
  EXPECT_EQ(batch.step, 5);
  EXPECT_EQ(batch.size, 24);
  EXPECT_EQ(batch.bins, 2);
  EXPECT_EQ(batch.frames, 28);
  EXPECT_EQ(batch.features.size(), 24u * 2 * 28);
  const std::vector<MelodyAnchor> anchors = maker.plan(5);
  ASSERT_EQ(anchors.size(), 8u);
  std::set<size_t> melodies;
  for (size_t a = 0; a < 24; ++a) {
    EXPECT_EQ(batch.groups[a], static_cast<int64_t>(a / 3));
    EXPECT_EQ(batch.songs[a], static_cast<int64_t>(anchors[a / 3].melody));
    EXPECT_EQ(batch.domains[a], 1);
    for (size_t b = 0; b < 24; ++b) EXPECT_EQ(batch.same_melody[a * 24 + b], a / 3 == b / 3);
    melodies.insert(anchors[a / 3].melody);
  }
  EXPECT_EQ(melodies.size(), 8u);  // anchors of one melody are no negatives of each other
  EXPECT_EQ(maker.song_count(), 30);
}

TEST(PropertyMelodyBatches, TheSameBytesForAnyThreadsOrderAndRestart) {
  const ContourWindow window{.hop_s = 0.1, .frames = 28, .view = {}};
  const MelodyBatchMaker maker(random_melodies(20, 40), lively(), window, {3, 1});
  std::vector<datasets::Batch> forward(6), backward(6);
  for (int64_t step = 0; step < 6; ++step) forward[static_cast<size_t>(step)] = maker.make(step);
  {
    const oneapi::tbb::global_control one_thread(oneapi::tbb::global_control::max_allowed_parallelism, 1);
    const MelodyBatchMaker again(random_melodies(20, 40), lively(), window, {3, 1});
    std::vector<std::thread> threads;
    for (size_t step = 6; step-- > 0;)
      threads.emplace_back([&, step] { backward[step] = again.make(static_cast<int64_t>(step)); });
    for (std::thread& thread : threads) thread.join();
  }
  std::set<std::vector<float>> distinct;
  for (size_t step = 0; step < 6; ++step) {
    EXPECT_EQ(forward[step].features, backward[step].features);
    EXPECT_EQ(forward[step].songs, backward[step].songs);
    distinct.insert(forward[step].features);
  }
  EXPECT_EQ(distinct.size(), 6u);
  const MelodyBatchMaker round(random_melodies(20, 40), lively(), window, {3, 2});
  EXPECT_NE(round.make(0).features, forward[0].features);
}

TEST(PropertyMelodyBatches, PartsOfABatchAreThoseOfTheWhole) {
  const ContourWindow window{.hop_s = 0.1, .frames = 28, .view = {}};
  const MelodyBatchMaker maker(random_melodies(20, 40), lively(), window, {3, 1});
  const datasets::Batch whole = maker.make(2);
  std::vector<float> features;
  std::vector<int64_t> domains;
  for (const auto rows :
       {datasets::BatchRows{0, 3}, datasets::BatchRows{3, 4}, datasets::BatchRows{4, whole.size}}) {
    const datasets::Batch part = maker.make(2, rows);
    EXPECT_EQ(part.songs, whole.songs);
    features.insert(features.end(), part.features.begin(), part.features.end());
    domains.insert(domains.end(), part.domains.begin() + rows.first, part.domains.begin() + rows.end);
  }
  EXPECT_EQ(features, whole.features);
  EXPECT_EQ(domains, whole.domains);
}

TEST(MelodyBatches, WithoutASignOfLifePositivesAreAlikeAndNegativesAreNot) {
  for (const dsp::Rests rests : {dsp::Rests::kRemove, dsp::Rests::kKeep, dsp::Rests::kHold}) {
    const MelodyBatchMaker maker(random_melodies(40, 40), lifeless(),
                                 {.hop_s = 0.05, .frames = 60, .view = {.rests = rests}}, {1, 0});
    const auto [same, other] = mean_correlations(maker, 5);
    EXPECT_GT(same, 0.9) << static_cast<int>(
        rests);  // of the same notes at another place on the grid of frames
    EXPECT_NEAR(other, 0, 0.2);
  }
}

TEST(MelodyBatches, SungByPeoplePositivesAreStillFarMoreAlike) {
  const MelodyBatchMaker maker(random_melodies(40, 60), lively(), {.hop_s = 0.1, .frames = 28, .view = {}},
                               {1, 0});
  const auto [same, other] = mean_correlations(maker, 20);
  EXPECT_GT(same, 0.45);
  EXPECT_LT(other, 0.15);
}

/// In a melody that rises by a semitone a note the pitch tells the place: with a fixed origin the middle of
/// each view must tell the same place, at any tempo.
TEST(MelodyBatches, ViewsAgreeInTheirMiddleWhateverTheTempo) {
  std::vector<double> scale;
  for (int n = 0; n < 80; ++n) scale.push_back(20 + n);
  std::vector<dsp::Note> tune = steady_tune(scale, 0.3);
  for (size_t n = 0; n < tune.size(); ++n) {
    const size_t rests = n / 5;  // one behind every fifth note
    for (double* s : {&tune[n].start_s, &tune[n].end_s}) *s += 0.4 * static_cast<double>(rests);
  }
  for (const dsp::Rests rests : {dsp::Rests::kRemove, dsp::Rests::kHold}) {
    MelodyBatchConfig config = lifeless();
    config.windows = 2;
    config.performance.min_tempo = 0.7;
    config.performance.max_tempo = 1.4;
    config.performance.min_rubato = config.performance.max_rubato = 0.1;
    const ContourWindow window{
        .hop_s = 0.05,
        .frames = 56,
        .view = {.rests = rests, .origin = dsp::PitchOrigin::kFixed, .origin_midi = 0, .scale_semitones = 1}};
    const MelodyBatchMaker maker({{"a", tune}, {"b", tune}}, config, window, {1, 0});
    double farthest_edge = 0;
    for (int64_t step = 0; step < 50; ++step) {
      const datasets::Batch batch = maker.make(step);
      for (int64_t w = 0; w < 2; ++w) {
        const std::span<const float> a = row(batch, 2 * w, 0), b = row(batch, 2 * w + 1, 0);
        EXPECT_NEAR(a[28], b[28], 1.01) << step;  // a semitone is a note of .3 s
        if (a[0] > 0 && b[0] > 0) farthest_edge = std::max(farthest_edge, std::abs(a[0] - b[0] + 0.0));
      }
    }
    EXPECT_GT(farthest_edge, 2);  // the tempi do differ
  }
}

TEST(MelodyBatches, AnExactViewIsTheScore) {
  MelodyBatchConfig config = lively();
  config.exact = true;
  const std::vector<Melody> melodies = random_melodies(20, 40);
  const ContourWindow window{.hop_s = 0.1, .frames = 28, .view = {}};
  const MelodyBatchMaker maker(melodies, config, window, {1, 0});
  for (int64_t step = 0; step < 3; ++step) {
    const datasets::Batch batch = maker.make(step);
    const std::vector<MelodyAnchor> anchors = maker.plan(step);
    for (int64_t w = 0; w < 8; ++w) {
      const MelodyAnchor& anchor = anchors[static_cast<size_t>(w)];
      const dsp::Contour sung =
          dsp::with_rests(dsp::contour_of(melodies[anchor.melody].notes, 0.1), dsp::Rests::kRemove);
      std::vector<float> image(56);
      dsp::draw_contour(sung, anchor.first, 28, window.view, image);
      EXPECT_THAT(row(batch, 2 * w, 0), ::testing::ElementsAreArray(image.data(), 28));
      EXPECT_THAT(row(batch, 2 * w, 1), ::testing::Each(1.0f));
      EXPECT_EQ(batch.domains[static_cast<size_t>(2 * w)], 0);
      EXPECT_EQ(batch.domains[static_cast<size_t>(2 * w + 1)], 1);
    }
  }
}

TEST(PropertyMelodyBatches, EveryWindowIsAtLeastHalfVoiced) {
  MelodyBatchConfig config = lively();
  config.performance.drop_outs = 1;
  config.performance.max_drop_out_s = 0.5;
  config.performance.left_out = 0.3;
  config.performance.max_gap_s = 0.4;
  for (const dsp::Rests rests : {dsp::Rests::kRemove, dsp::Rests::kKeep, dsp::Rests::kHold}) {
    const MelodyBatchMaker maker(random_melodies(30, 30), config,
                                 {.hop_s = 0.1, .frames = 40, .view = {.rests = rests}}, {1, 0});
    for (int64_t step = 0; step < 10; ++step) {
      const datasets::Batch batch = maker.make(step);
      for (int64_t clip = 0; clip < batch.size; ++clip) {
        double voiced = 0;
        for (const float v : row(batch, clip, 1)) voiced += v;
        EXPECT_GE(voiced, 20);
      }
    }
  }
}

TEST(MelodyBatches, StartJitterMovesViewsApart) {
  const auto moved = [](double jitter_s) {
    MelodyBatchConfig config = lifeless();
    config.start_jitter_s = jitter_s;
    const ContourWindow window{.hop_s = 0.05, .frames = 60, .view = {}};
    return mean_correlations(MelodyBatchMaker(random_melodies(40, 60), config, window, {1, 0}), 4).first;
  };
  EXPECT_GT(moved(0), moved(0.2) + 0.05);
  EXPECT_GT(moved(0.2), moved(0.6) + 0.05);
}

TEST(MelodyBatches, AnEpochVisitsEachMelodyOnceAndTheLastBatchIsFull) {
  const MelodyBatchMaker maker(random_melodies(30, 40), lifeless(), {.hop_s = 0.1, .frames = 28, .view = {}},
                               {1, 0});
  ASSERT_EQ(maker.steps_per_epoch(), 4);  // 30 of 8 each
  std::vector<std::vector<size_t>> orders;
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    std::map<size_t, int> visits;
    std::vector<size_t> order;
    for (int64_t step = 4 * epoch; step < 4 * (epoch + 1); ++step) {
      std::set<size_t> in_batch;
      for (const MelodyAnchor& anchor : maker.plan(step)) {
        in_batch.insert(anchor.melody);
        ++visits[anchor.melody];
        order.push_back(anchor.melody);
      }
      EXPECT_EQ(in_batch.size(), 8u);
    }
    EXPECT_EQ(visits.size(), 30u);
    for (const auto& [melody, count] : visits) EXPECT_LE(count, 2);
    orders.push_back(order);
  }
  EXPECT_NE(orders[0], orders[1]);
}

TEST(MelodyBatches, ByLengthLongMelodiesComeMoreOften) {
  std::vector<Melody> melodies = random_melodies(20, 20);
  for (size_t m = 0; m < 5; ++m) melodies[m].notes = random_tune(100 + m, 400);
  MelodyBatchConfig config = lifeless();
  config.windows = 2;
  config.weight = MelodyWeight::kLength;
  const MelodyBatchMaker maker(melodies, config, {.hop_s = 0.1, .frames = 28, .view = {}}, {1, 0});
  int of_long = 0;
  std::set<int64_t> begins;
  for (int64_t step = 0; step < 1000; ++step) {
    const std::vector<MelodyAnchor> anchors = maker.plan(step);
    ASSERT_EQ(anchors.size(), 2u);
    EXPECT_NE(anchors[0].melody, anchors[1].melody);
    of_long += anchors[0].melody < 5;
    if (anchors[0].melody == 0) begins.insert(anchors[0].first);
  }
  // Five of 1,600 - 28 places, fifteen of 80 - 28.
  EXPECT_NEAR(of_long / 1000.0, 5 * 1572 / (5 * 1572 + 15 * 52.0), 0.03);
  EXPECT_GT(begins.size(), 100u);  // windows begin anywhere
  EXPECT_GT(maker.steps_per_epoch(), 10);
}

TEST(MelodyBatches, ShortMelodiesAreLeftOutAndKeepTheirIndex) {
  std::vector<Melody> melodies = random_melodies(10, 40);
  melodies[3].notes = steady_tune({60, 62}, 0.3);
  melodies[7].notes.clear();
  const MelodyBatchMaker maker(melodies, lifeless(), {.hop_s = 0.1, .frames = 28, .view = {}}, {1, 0});
  EXPECT_EQ(maker.usable(), 8);
  EXPECT_EQ(maker.song_count(), 10);
  EXPECT_THAT(maker.make(0).songs, ::testing::Not(::testing::Contains(::testing::AnyOf(3, 7))));
}

TEST(MelodyBatches, WhatCannotWorkIsRefusedWithAReason) {
  const auto message = [](std::vector<Melody> melodies, const MelodyBatchConfig& config,
                          const ContourWindow& window) {
    try {
      const MelodyBatchMaker maker(std::move(melodies), config, window, {1, 0});
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  std::vector<Melody> melodies = random_melodies(10, 40);
  melodies[6].notes = steady_tune(std::vector<double>(60, 60), 0.5);
  EXPECT_THAT(
      message(melodies, lifeless(), {.hop_s = 0.1, .frames = 301, .view = {}}),
      HasSubstr(
          "a window of 30.10 s (301 frames of 0.1 s), half of it sung, fits into no melody; the longest, "
          "tune_6, has 30.00 s without its rests: shorten the window"));
  EXPECT_THAT(message(melodies, lifeless(), {.hop_s = 0.1, .frames = 300, .view = {}}),
              HasSubstr("windows = 8: each is of another melody, and only 1 of 10"));
  EXPECT_THAT(message({}, lifeless(), {}), HasSubstr("there is no melody"));
  EXPECT_THAT(message(melodies, lifeless(), {.hop_s = 0, .frames = 28, .view = {}}),
              HasSubstr("more than 0 s"));
  MelodyBatchConfig config = lifeless();
  config.views = 1;
  EXPECT_THAT(message(melodies, config, {}), HasSubstr("views"));
}

TEST(MelodyBatchConfig, IsReadFromYaml) {
  const auto config = configs::parse_config<MelodyBatchConfig>(
      "{sources: [{path: pop909, leave_out: ['331']}], windows: 64, views: 4, exact: true, weight: length, "
      "performance: {max_tempo: 2}, distortions: [{type: key, semitones: 1}]}",
      "m.yaml");
  EXPECT_EQ(config.sources.at(0).leave_out.at(0), "331");
  EXPECT_EQ(config.windows, 64);
  EXPECT_EQ(config.weight, MelodyWeight::kLength);
  EXPECT_EQ(config.performance.max_tempo, 2);
  EXPECT_EQ(config.distortions.at(0).distortion.type(), "key");
  EXPECT_THROW(configs::parse_config<MelodyBatchConfig>("{windows: 1}", "m.yaml"), ConfigError);
}

}  // namespace
}  // namespace melomine::melody
