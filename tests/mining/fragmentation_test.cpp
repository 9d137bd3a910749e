#include "mining/fragmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "configs/config.h"
#include "core/error.h"
#include "mining/cuts.h"
#include "tests/mining/planted.h"
#include "tests/support/golden_file.h"
#include "tests/support/shared_data.h"

namespace melomine::mining {
namespace {

using testing::correlation_at;
using testing::kRate_hz;
using testing::kWindow_s;
using testing::MelodyCurve;
using testing::planted_audio;
using testing::PlantedEmbedder;
using testing::random_sequence;

/// A frame of 2048 samples sounds from the first sample it holds, so a stretch reaches up to this much beyond
/// its sound.
constexpr double kFrame_s = 2048.0 / kRate_hz;

Fragmentation fragment(const dsp::AudioBuffer& audio, const FragmentationConfig& config = {},
                       PlantedEmbedder embedder = PlantedEmbedder()) {
  return fragment_song(audio.samples, audio.sample_rate_hz, embedder.embed(audio), kWindow_s, config);
}

void expect_intervals(const std::vector<TimeInterval>& got, const std::vector<TimeInterval>& expected,
                      double tolerance_s = kFrame_s) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i].start_s, expected[i].start_s, tolerance_s) << i;
    EXPECT_NEAR(got[i].end_s, expected[i].end_s, tolerance_s) << i;
  }
}

TEST(Fragmentation, BridgesShortPausesUpToTheLongestLength) {
  // 5 s + 0.8 s + 5 s is one fragment for pauses of 1 and 1.5 s; 12 s + 0.8 s + 12 s would be too long.
  const auto audio =
      planted_audio({{2}, {5, 10}, {0.8}, {5, 20}, {4}, {12, 100}, {0.8}, {12, 200}, {4}, {7, 300}, {2}});
  const Fragmentation found = fragment(audio);
  expect_intervals(found.fragments, {{2, 12.8}, {16.8, 28.8}, {29.6, 41.6}});
  ASSERT_EQ(found.settings.size(), 15U);
  EXPECT_EQ(found.settings[0].pause_s, 0.5);
  EXPECT_EQ(found.settings[1].level_db, 56);
  EXPECT_EQ(found.settings[0].unique, 2);  // the pause of 0.8 s is not bridged
  EXPECT_EQ(found.settings[5].unique, 3);
  EXPECT_EQ(found.best, 5U) << "pause 1 s at 52 dB is the first of equals";
  EXPECT_NEAR(found.sounding_s, 41, 6 * kFrame_s);
}

TEST(Fragmentation, KeepsOneOfEachMelody) {
  // The third passage repeats the first, the fourth its middle 9 s; the shorter slides inside the longer.
  const auto audio =
      planted_audio({{15, 10}, {3}, {12, 200}, {3}, {15, 10}, {3}, {9, 13}, {3}, {12, 300}, {3}});
  const Fragmentation found = fragment(audio);
  expect_intervals(found.fragments, {{0, 15}, {18, 30}, {63, 75}});
  EXPECT_EQ(found.settings[found.best].candidates, 5);
  EXPECT_EQ(found.settings[found.best].unique, 3);
}

TEST(Fragmentation, CorrelationAtTheLimitIsStillAnotherMelody) {
  const auto audio = planted_audio({{12, 10}, {3}, {12, 10}});
  FragmentationConfig config;
  config.max_correlation = 1;
  // Every row (1, 0, 0, …): all slices correlate exactly 1.
  retrieval::FingerprintSequence z = PlantedEmbedder().embed(audio);
  z.values.assign(z.values.size(), 0.0F);
  for (int64_t t = 0; t < z.steps; ++t) z.values[static_cast<size_t>(t * z.dim)] = 1;
  EXPECT_EQ(fragment_song(audio.samples, kRate_hz, z, kWindow_s, config).fragments.size(), 2U);
  config.max_correlation = std::nextafter(1.0, 0.0);
  EXPECT_EQ(fragment_song(audio.samples, kRate_hz, z, kWindow_s, config).fragments.size(), 1U);
}

TEST(Fragmentation, OfEqualCountsTheLongerDurationThenTheFirst) {
  // Every setting has two fragments; only pauses of 1 s and more join the short third passage to the second.
  const auto audio = planted_audio({{10, 10}, {3}, {10, 100}, {0.8}, {4, 200}, {3}});
  const Fragmentation found = fragment(audio);
  EXPECT_EQ(found.settings[0].unique, 2);
  EXPECT_EQ(found.settings[5].unique, 2);
  EXPECT_EQ(found.settings[found.best].pause_s, 1);
  expect_intervals(found.fragments, {{0, 10}, {13, 27.8}});
}

TEST(Fragmentation, LevelsSplitWhereOthersDoNot) {
  auto audio = planted_audio({{9, 10}, {2, 500}, {9, 100}});
  // 58 dB under the rest: silence at 52 and 56 dB, sound from 60 dB on.
  for (size_t n = 9 * kRate_hz; n < 11 * kRate_hz; ++n) audio.samples[n] *= 0.6F / 0.75F * 0.00126F;
  const Fragmentation found =
      fragment_song(audio.samples, kRate_hz, random_sequence(70, 32, 1), kWindow_s, {});
  EXPECT_EQ(found.settings[0].unique, 2);
  EXPECT_EQ(found.settings[1].unique, 2);
  EXPECT_EQ(found.settings[2].candidates, 0) << "20 s in one";
}

TEST(Fragmentation, LongStretchesAreDroppedOrSplitWhereQuiet) {
  auto audio = planted_audio({{2}, {30, 10}, {2}});
  // A dip at 15 s: the quietest frame that leaves two allowed pieces. Quieter still at 5 s, where a piece
  // would be short.
  const auto dip = [&](double at_s, float gain) {
    for (auto n = static_cast<size_t>((at_s - 0.1) * kRate_hz);
         n < static_cast<size_t>((at_s + 0.1) * kRate_hz); ++n)
      audio.samples[n] *= gain;
  };
  dip(2 + 13, 0.5F);
  dip(2 + 5, 0.1F);
  EXPECT_TRUE(fragment(audio).fragments.empty());
  EXPECT_EQ(fragment(audio).settings[0].candidates, 0);
  FragmentationConfig config;
  config.long_fragments = LongFragments::kSplit;
  config.max_correlation = 1;
  const Fragmentation found =
      fragment_song(audio.samples, kRate_hz, random_sequence(125, 32, 1), kWindow_s, config);
  expect_intervals(found.fragments, {{2, 15}, {15, 32}});
  ASSERT_EQ(found.fragments.size(), 2U);
  EXPECT_EQ(found.fragments[0].end_s, found.fragments[1].start_s);
}

TEST(Fragmentation, SilenceAndShortAudioHaveNone) {
  for (const auto& audio : {planted_audio({{30}}), planted_audio({{7.9, 10}}), planted_audio({{0.01, 10}})}) {
    const Fragmentation found = fragment(audio);
    EXPECT_TRUE(found.fragments.empty());
    ASSERT_EQ(found.settings.size(), 15U);
    EXPECT_EQ(found.settings[0].candidates, 0);
  }
  EXPECT_EQ(fragment(planted_audio({{30}})).sounding_s, 0);
}

TEST(PropertyFragmentation, LoudnessDoesNotMatter) {
  auto audio = planted_audio({{2}, {11, 10}, {0.8}, {5, 400}, {4}, {12, 100}, {1.2}, {6, 200}});
  const auto z = PlantedEmbedder().embed(audio);
  const auto loud = fragment_song(audio.samples, kRate_hz, z, kWindow_s, {});
  for (float& sample : audio.samples) sample *= 0x1p-7F;
  const auto soft = fragment_song(audio.samples, kRate_hz, z, kWindow_s, {});
  EXPECT_FALSE(loud.fragments.empty());
  EXPECT_EQ(loud.fragments, soft.fragments);
}

/// Algorithm 1, lines 1-14, written down again as plainly as it goes: frame by frame, correlation by
/// correlation.
class ByDefinition {
 public:
  ByDefinition(const std::vector<float>& samples, const retrieval::FingerprintSequence& z)
      : samples_(samples), z_(z) {
    for (int64_t t = 0; t * 512 <= length(); ++t) {
      double energy = 0;
      for (int64_t n = std::max<int64_t>(t * 512 - 1024, 0); n < std::min(t * 512 + 1024, length()); ++n) {
        const auto x = static_cast<double>(samples_[static_cast<size_t>(n)]);
        energy += x * x;
      }
      rms_.push_back(std::sqrt(energy / 2048));
    }
  }

  std::vector<TimeInterval> candidates(double level_db, double pause_s,
                                       const FragmentationConfig& config) const {
    const double loudest = *std::max_element(rms_.begin(), rms_.end());
    std::vector<TimeInterval> all;
    std::optional<TimeInterval> now;
    for (size_t t = 0; t < rms_.size(); ++t) {
      if (!(rms_[t] > loudest * std::pow(10, -level_db / 20))) continue;
      const double start_s = 512 * static_cast<double>(t) / kRate_hz;
      const double end_s =
          static_cast<double>(std::min(512 * static_cast<int64_t>(t + 1), length())) / kRate_hz;
      if (now && start_s == now->end_s) {
        now->end_s = end_s;
        continue;
      }
      if (now) all.push_back(*now);
      now = TimeInterval{start_s, end_s};
    }
    if (now) all.push_back(*now);
    for (size_t i = 0; i + 1 < all.size();) {
      const TimeInterval both{all[i].start_s, all[i + 1].end_s};
      if (all[i + 1].start_s - all[i].end_s < pause_s && both.duration_s() <= config.max_s) {
        all[i] = both;
        all.erase(all.begin() + static_cast<int64_t>(i) + 1);
      } else {
        ++i;
      }
    }
    std::erase_if(all, [&](const TimeInterval& f) {
      return f.duration_s() <= config.min_s || f.duration_s() >= config.max_s;
    });
    return all;
  }

  std::vector<TimeInterval> unique(const std::vector<TimeInterval>& candidates, double limit) const {
    std::vector<TimeInterval> kept;
    for (const TimeInterval& a : candidates)
      if (std::none_of(kept.begin(), kept.end(),
                       [&](const TimeInterval& b) { return correlation(a, b) > limit; }))
        kept.push_back(a);
    return kept;
  }

 private:
  int64_t length() const { return static_cast<int64_t>(samples_.size()); }
  std::pair<int64_t, int64_t> rows(const TimeInterval& f) const {
    const int64_t first = std::llround(f.start_s / z_.hop_s);
    int64_t count = 0;
    while (first + count < z_.steps &&
           static_cast<double>(count) * z_.hop_s + kWindow_s <= f.duration_s() + 1e-6)
      ++count;
    return {first, count};
  }
  double correlation(const TimeInterval& f, const TimeInterval& g) const {
    auto a = rows(f), b = rows(g);
    if (a.second > b.second) std::swap(a, b);
    double best = -2;
    for (int64_t lag = 0; lag + a.second <= b.second; ++lag)
      best = std::max(best,
                      correlation_at(z_.row(a.first).data(), z_.row(b.first + lag).data(), a.second, z_.dim));
    return best;
  }

  const std::vector<float>& samples_;
  const retrieval::FingerprintSequence& z_;
  std::vector<double> rms_;
};

TEST(PropertyFragmentation, EqualsTheDefinitionOnRandomSongs) {
  const MelodyCurve curve(0.5, 32);
  int64_t dropped_as_known = 0, songs_with_choice = 0;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    RandomStream random({stream_id("random songs"), seed});
    std::vector<testing::Passage> passages;
    std::vector<double> gains_db;
    for (int i = 0; i < 14; ++i) {
      // Four melodies come again and again; pauses are silent or quiet by something about the levels.
      passages.push_back({random.uniform(2, 14), 100.0 * static_cast<double>(random.integer(4))});
      gains_db.push_back(random.uniform(-6, 0));
      passages.push_back({random.uniform(0.2, 2.2), 900});
      gains_db.push_back(random.uniform(-75, -50));
    }
    dsp::AudioBuffer audio = planted_audio(passages);
    const auto z = PlantedEmbedder(curve).embed(audio);
    size_t n = 0;
    for (size_t p = 0; p < passages.size(); ++p)
      for (const auto end = n + static_cast<size_t>(std::llround(passages[p].duration_s * kRate_hz)); n < end;
           ++n)
        audio.samples[n] *= static_cast<float>(std::pow(10, gains_db[p] / 20));

    const FragmentationConfig config;
    const Fragmentation found = fragment_song(audio.samples, kRate_hz, z, kWindow_s, config);
    const ByDefinition definition(audio.samples, z);
    std::vector<TimeInterval> best;
    double best_s = -1;
    size_t best_index = 0, index = 0;
    bool differ = false;
    for (const double pause_s : config.pauses_s) {
      for (const double level_db : config.levels_db) {
        const auto candidates = definition.candidates(level_db, pause_s, config);
        const auto unique = definition.unique(candidates, config.max_correlation);
        double total_s = 0;
        for (const TimeInterval& f : unique) total_s += f.duration_s();
        EXPECT_EQ(found.settings[index].candidates, static_cast<int64_t>(candidates.size()));
        EXPECT_EQ(found.settings[index].unique, static_cast<int64_t>(unique.size()));
        EXPECT_NEAR(found.settings[index].unique_s, total_s, 1e-9);
        dropped_as_known += static_cast<int64_t>(candidates.size() - unique.size());
        differ = differ || unique.size() != best.size();
        if (unique.size() > best.size() || (unique.size() == best.size() && total_s > best_s + 1e-9))
          best = unique, best_s = total_s, best_index = index;
        ++index;
      }
    }
    EXPECT_EQ(found.best, best_index) << "seed " << seed;
    expect_intervals(found.fragments, best, 1e-9);
    songs_with_choice += differ ? 1 : 0;
  }
  EXPECT_GT(dropped_as_known, 50) << "the songs repeat too little to test the correlations";
  EXPECT_GT(songs_with_choice, 6) << "the settings hardly matter";
}

/// Cheapest cuts by trying them all.
double cheapest(const std::vector<int64_t>& places, const std::vector<float>& rms, size_t from,
                const LengthRange& range, int64_t hop) {
  double best = std::numeric_limits<double>::infinity();
  for (size_t to = from + 1; to < places.size(); ++to) {
    if (!range.holds({places[from], places[to]})) continue;
    if (to + 1 == places.size()) return std::min(best, 0.0);
    best = std::min(best, static_cast<double>(rms[static_cast<size_t>(places[to] / hop)]) +
                              cheapest(places, rms, to, range, hop));
  }
  return best;
}

TEST(PropertyFragmentation, CutsAreTheCheapestOfAll) {
  constexpr int64_t kHop = 512;
  int impossible = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random({stream_id("cuts"), seed});
    const int64_t first = random.integer(5), frames = 8 + random.integer(20);
    std::vector<float> rms;
    for (int64_t t = 0; t <= first + frames; ++t) rms.push_back(static_cast<float>(random.integer(6)));
    // The last stretch of a recording may end between frames.
    const dsp::SampleInterval stretch{first * kHop, (first + frames) * kHop - random.integer(kHop)};
    const LengthRange range{2500 + 1000 * random.uniform(), 4000 + 1500 * random.uniform()};
    const auto pieces = cut_at_quiet_frames(stretch, rms, kHop, range);
    std::vector<int64_t> places{stretch.start};
    for (int64_t t = first + 1; t * kHop < stretch.end; ++t) places.push_back(t * kHop);
    places.push_back(stretch.end);
    const double expected = cheapest(places, rms, 0, range, kHop);
    if (std::isinf(expected)) {
      EXPECT_TRUE(pieces.empty());
      ++impossible;
      continue;
    }
    ASSERT_FALSE(pieces.empty()) << seed;
    double cost = 0;
    EXPECT_EQ(pieces.front().start, stretch.start);
    EXPECT_EQ(pieces.back().end, stretch.end);
    for (size_t i = 0; i < pieces.size(); ++i) {
      EXPECT_TRUE(range.holds(pieces[i]));
      if (i == 0) continue;
      EXPECT_EQ(pieces[i].start, pieces[i - 1].end);
      cost += static_cast<double>(rms[static_cast<size_t>(pieces[i].start / kHop)]);
    }
    EXPECT_EQ(cost, expected) << seed;
  }
  EXPECT_GT(impossible, 5);
  EXPECT_LT(impossible, 150);
}

class GoldenFragmentation : public ::testing::TestWithParam<const char*> {};

// Candidates at one level and without pauses to bridge are the golden file's stretches of an allowed length.
TEST_P(GoldenFragmentation, StretchesOfEveryLevel) {
  const auto path = melomine::testing::shared_golden() / "features.h5";
  MELOMINE_REQUIRE_PATH(path);
  const melomine::testing::GoldenFile file(path);
  const std::string name = GetParam();
  const auto samples = file.floats(name + "/samples");
  const double length_s = static_cast<double>(samples.size()) / kRate_hz;
  const auto z = random_sequence(static_cast<int64_t>(length_s / 0.05), 32, 1, 0.05, 0.05);
  for (const int level_db : {20, 30, 52, 56, 60, 64, 68}) {
    std::vector<TimeInterval> expected;
    const auto golden = file.integers(name + "/split_" + std::to_string(level_db) + "db");
    const double min_s = 0.1, max_s = length_s + 1;
    for (size_t i = 0; i < golden.size(); i += 2) {
      const TimeInterval stretch{static_cast<double>(golden[i]) / kRate_hz,
                                 static_cast<double>(golden[i + 1]) / kRate_hz};
      if (stretch.duration_s() > min_s && stretch.duration_s() < max_s) expected.push_back(stretch);
    }
    const FragmentationConfig config{.levels_db = {static_cast<double>(level_db)},
                                     .pauses_s = {0},
                                     .min_s = min_s,
                                     .max_s = max_s,
                                     .max_correlation = 1};
    const Fragmentation found = fragment_song(samples, kRate_hz, z, 0.05, config);
    expect_intervals(found.fragments, expected, 1e-9);
    EXPECT_FALSE(expected.empty());
  }
}
INSTANTIATE_TEST_SUITE_P(Golden, GoldenFragmentation, ::testing::Values("voice", "phrases", "mix", "short"),
                         [](const auto& signal) { return std::string(signal.param); });

TEST(FragmentationConfig, RefusesWhatCannotBe) {
  const auto parse = [](const std::string& text) {
    return configs::parse_config<FragmentationConfig>(text, "test.yaml");
  };
  EXPECT_EQ(parse("levels_db: [40]").levels_db, std::vector<double>{40});
  EXPECT_EQ(parse("").pauses_s.size(), 3U);
  for (const char* wrong : {"levels_db: []", "pauses_s: []", "levels_db: [0]", "pauses_s: [-1]", "min_s: 20",
                            "max_s: 8", "max_correlation: 1.1", "long_fragments: keep"})
    EXPECT_THROW(parse(wrong), ConfigError) << wrong;
}

}  // namespace
}  // namespace melomine::mining
