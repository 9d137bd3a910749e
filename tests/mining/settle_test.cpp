#include "mining/settle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "configs/config.h"
#include "core/error.h"
#include "core/random.h"

namespace melomine::mining {
namespace {

constexpr double kFloor = 0.4, kJump = 0.2;
/// Fragments of 10 s one behind the other.
const std::vector<TimeInterval> kFragments{{0, 10}, {10, 20}, {20, 30}, {30, 40}};

Place place(size_t fragment, double center_s, double correlation, double tempo_ratio = 1) {
  return {.fragment = fragment,
          .center_s = center_s,
          .length_s = 10 / tempo_ratio,
          .correlation = correlation,
          .tempo_ratio = tempo_ratio};
}

/// The sum that a path is the best of, by the words of best_path; -inf for one that may not be.
double value_of(const std::vector<Place>& path) {
  double sum = 0;
  for (size_t i = 0; i < path.size(); ++i) {
    sum += path[i].correlation - kFloor;
    if (i == 0) continue;
    const Place &a = path[i - 1], &b = path[i];
    const double room_s = a.fragment == b.fragment ? 1e-6 : 0.1 * std::min(a.length_s, b.length_s);
    if (a.center_s >= b.center_s || a.end_s() - b.start_s() > room_s) return -INFINITY;
    double jump = 1;
    const double original_s = kFragments[b.fragment].center_s() - kFragments[a.fragment].center_s();
    if (original_s > 0) {
      const double way_s = b.center_s - a.center_s;
      const double off =
          (way_s - original_s / std::sqrt(a.tempo_ratio * b.tempo_ratio)) / (0.5 + 0.05 * way_s);
      const double tempo = std::log(a.tempo_ratio / b.tempo_ratio) / 0.15;
      jump = std::min(1.0, off * off + tempo * tempo);
    }
    sum -= kJump * jump;
  }
  return sum;
}

TEST(PropertyBestPath, IsTheBestOfAll) {
  RandomStream random({stream_id("best path")});
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Place> places;
    for (int i = 0; i < 9; ++i) {
      const auto fragment = static_cast<size_t>(random.integer(4));
      // Half of them near where the original has them, so that there is something to follow.
      const double center_s = random.chance(0.5) ? random.uniform(0, 60)
                                                 : kFragments[fragment].center_s() + random.normal(0, 0.4);
      places.push_back(
          place(fragment, center_s, random.uniform(0.3, 1), random.pick(std::vector<double>{0.93, 1, 1.08})));
    }
    std::vector<size_t> order(places.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return places[a].center_s < places[b].center_s; });
    double best = 0;
    for (size_t subset = 0; subset < size_t{1} << places.size(); ++subset) {
      std::vector<Place> path;
      for (const size_t i : order)
        if (subset >> i & 1) path.push_back(places[i]);
      best = std::max(best, value_of(path));
    }
    std::vector<Place> found;
    for (const size_t i : best_path(kFragments, places, kFloor, kJump)) found.push_back(places[i]);
    EXPECT_NEAR(value_of(found), best, 1e-12) << trial;
  }
}

TEST(BestPath, TempoAndOrderOutweighALittleCorrelation) {
  // At 1.25 times the tempo fragments follow every 8 s; the second's higher place does not fit.
  const std::vector<Place> places{place(0, 20, 0.8, 1.25), place(1, 28, 0.75, 1.25), place(1, 50, 0.85, 1.25),
                                  place(2, 36, 0.8, 1.25)};
  EXPECT_EQ(best_path(kFragments, places, kFloor, 0.5), (std::vector<size_t>{0, 1, 3}));
  EXPECT_EQ(best_path(kFragments, places, kFloor, 0), (std::vector<size_t>{0, 1, 3, 2})) << "jumps are free";
}

TEST(BestPath, NothingToSettle) {
  EXPECT_TRUE(best_path(kFragments, {}, kFloor, kJump).empty());
  EXPECT_TRUE(best_path(kFragments, std::vector<Place>{place(0, 5, 0.39)}, kFloor, kJump).empty());
}

TEST(SettleConfig, ReadsItsWordsAndRefusesOthers) {
  const auto config = configs::parse_config<SettleConfig>("{by: path, jump: 0.1, margin: 0.05}", "t.yaml");
  EXPECT_EQ(config.by, SettleBy::kPath);
  EXPECT_EQ(config.margin, 0.05);
  for (const char* wrong : {"by: guess", "jump: -0.1", "margin: 3", "alone: 1.1"})
    EXPECT_THROW(configs::parse_config<SettleConfig>(wrong, "t.yaml"), ConfigError) << wrong;
}

}  // namespace
}  // namespace melomine::mining
