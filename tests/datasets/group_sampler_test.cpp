#include "datasets/group_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "core/error.h"

namespace melomine::datasets {
namespace {

constexpr double kWindow_s = 3;

/// `songs` songs of `groups` groups of 2, 3, 4, 5, 2 ... fragments, of 2 to 20 s, at tempos 1, 1.25, 0.8.
std::vector<FragmentGroup> make_groups(int songs, int groups) {
  std::vector<FragmentGroup> all;
  for (int s = 0; s < songs; ++s)
    for (int g = 0; g < groups; ++g) {
      const int index = static_cast<int>(all.size());
      FragmentGroup group{"g" + std::to_string(index), "s" + std::to_string(s), 2.0 + index % 19, {}};
      for (int f = 0; f < 2 + index % 4; ++f) {
        const double start_s = 10 * f, tempo = f % 3 == 1 ? 1.25 : f % 3 == 2 ? 0.8 : 1;
        const double end_s = start_s + group.duration_s / tempo;
        group.fragments.push_back({"r" + std::to_string(f),
                                   f == 0 ? RecordingKind::kOriginal : RecordingKind::kHumming,
                                   {start_s, end_s},
                                   {{{0, group.duration_s}, {start_s, end_s}}}});
      }
      all.push_back(std::move(group));
    }
  return all;
}

std::map<size_t, int> clips_per_group(const BatchPlan& plan) {
  std::map<size_t, int> counts;
  for (const ClipPlan& clip : plan.clips) ++counts[clip.group];
  return counts;
}

bool same(const BatchPlan& a, const BatchPlan& b) {
  if (a.clips.size() != b.clips.size()) return false;
  for (size_t i = 0; i < a.clips.size(); ++i) {
    const ClipPlan &x = a.clips[i], &y = b.clips[i];
    if (x.group != y.group || x.fragment != y.fragment || x.center_s != y.center_s ||
        x.group_center_s != y.group_center_s)
      return false;
  }
  return true;
}

TEST(PropertyGroupSampler, AnEpochVisitsEveryGroup) {
  for (const int songs : {3, 7, 20, 33}) {
    const auto groups = make_groups(songs, 5);
    const GroupSampler sampler(groups, {}, kWindow_s, {1, 0});
    ASSERT_EQ(sampler.steps_per_epoch(), (static_cast<int64_t>(groups.size()) + 7) / 8);
    for (int64_t epoch = 0; epoch < 3; ++epoch) {
      std::map<size_t, int> seen;
      for (int64_t i = 0; i < sampler.steps_per_epoch(); ++i)
        for (const auto& [group, clips] :
             clips_per_group(sampler.plan(epoch * sampler.steps_per_epoch() + i)))
          ++seen[group];
      EXPECT_EQ(seen.size(), groups.size());
      int again = 0;
      for (const auto& [group, times] : seen) again += times - 1;
      EXPECT_LT(again, 8) << songs << " songs";
    }
  }
}

TEST(PropertyGroupSampler, ABatchHoldsDistinctSongsGroupsAndFragments) {
  const auto groups = make_groups(20, 7);  // 18 batches an epoch
  const GroupSampler sampler(groups, {}, kWindow_s, {2, 0});
  for (int64_t step = 0; step < 60; ++step) {
    const BatchPlan plan = sampler.plan(step);
    std::set<std::string> songs;
    std::set<std::pair<size_t, size_t>> clips;
    for (const auto& [group, count] : clips_per_group(plan)) {
      songs.insert(groups[group].song_id);
      EXPECT_EQ(count, std::min<int>(4, static_cast<int>(groups[group].fragments.size())));
    }
    for (const ClipPlan& clip : plan.clips) clips.insert({clip.group, clip.fragment});
    EXPECT_EQ(songs.size(), 8u) << "step " << step;
    EXPECT_EQ(clips.size(), plan.clips.size());
  }
}

TEST(PropertyGroupSampler, UnevenSongsStayApartWhileTheyCan) {
  // One song owns as many groups as there are batches: exactly one in each.
  std::vector<FragmentGroup> groups = make_groups(1, 10);
  for (FragmentGroup& group : make_groups(35, 2)) {
    group.song_id += "_other";
    groups.push_back(group);
  }
  const GroupSampler sampler(groups, {}, kWindow_s, {3, 0});
  ASSERT_EQ(sampler.steps_per_epoch(), 10);
  for (int64_t step = 0; step < 40; ++step) {
    std::multiset<std::string> songs;
    for (const auto& [group, count] : clips_per_group(sampler.plan(step)))
      songs.insert(groups[group].song_id);
    EXPECT_EQ(songs.count("s0"), 1u);
    EXPECT_EQ(std::set(songs.begin(), songs.end()).size(), songs.size());
  }
}

/// Pairs of a batch's groups that are of one song.
int pairs_of_one_song(const BatchPlan& plan, const std::vector<FragmentGroup>& groups) {
  std::map<std::string, int> songs;
  for (const auto& [group, count] : clips_per_group(plan)) ++songs[groups[group].song_id];
  int pairs = 0;
  for (const auto& [song, count] : songs) pairs += count * (count - 1) / 2;
  return pairs;
}

TEST(PropertyGroupSampler, WithoutDistinctSongsTheyMeetAsOftenAsChanceHasIt) {
  const auto groups = make_groups(20, 7);
  const GroupSampler apart(groups, {}, kWindow_s, {2, 0});
  GroupSamplerConfig config;
  config.distinct_songs = false;
  const GroupSampler sampler(groups, config, kWindow_s, {2, 0});
  int met = 0, met_apart = 0;
  constexpr int kSteps = 180;
  for (int64_t step = 0; step < kSteps; ++step) {
    EXPECT_EQ(clips_per_group(sampler.plan(step)).size(), 8u);
    met += pairs_of_one_song(sampler.plan(step), groups);
    met_apart += pairs_of_one_song(apart.plan(step), groups);
  }
  // 28 pairs a batch, and of the 139 groups beside one 6 are of its song: 218 with a standard deviation
  // of 14.
  EXPECT_NEAR(met, kSteps * 28 * 6.0 / 139, 60);
  EXPECT_EQ(met_apart, 0);
}

/// A loop's groups: `hummed` songs of 4 heavy groups, and 3 mined ones of each of 36 songs.
std::vector<FragmentGroup> make_weighted(int hummed, double weight) {
  std::vector<FragmentGroup> groups = make_groups(hummed, 4);
  for (FragmentGroup& group : groups) group.weight = weight;
  for (FragmentGroup& group : make_groups(36, 3)) groups.push_back(std::move(group));
  return groups;
}

TEST(PropertyGroupSampler, AGroupsShareIsItsWeight) {
  for (const double weight : {1.0, 1.4, 6.75, 13.5}) {
    const auto groups = make_weighted(2, weight);
    const GroupSampler sampler(groups, {}, kWindow_s, {9, 1});
    ASSERT_EQ(sampler.steps_per_epoch(), std::ceil((8 * weight + 108) / 8));
    constexpr int kEpochs = 50;
    std::vector<int> visits(groups.size());
    int total = 0;
    for (int64_t step = 0; step < kEpochs * sampler.steps_per_epoch(); ++step)
      for (const auto& [group, clips] : clips_per_group(sampler.plan(step))) ++visits[group], ++total;
    // Beside the weights only the fewer than 8 places an epoch that fill the last batches.
    EXPECT_LT(total, kEpochs * (8 * weight + 108 + 8));
    int heavy = 0;
    for (size_t g = 0; g < groups.size(); ++g) {
      EXPECT_GE(visits[g], std::floor(groups[g].weight) * kEpochs) << g;
      EXPECT_NEAR(visits[g], groups[g].weight * kEpochs, 0.25 * kEpochs) << g << " of weight " << weight;
      if (g < 8) heavy += visits[g];
    }
    EXPECT_NEAR(heavy, 8 * weight * kEpochs, 0.01 * total);
  }
}

TEST(PropertyGroupSampler, AHeavyGroupIsInABatchOnceAndItsSongNoMoreOftenThanItMust) {
  for (const int hummed : {2, 4, 12}) {
    const double weight = 27.0 / hummed;  // half of what is drawn
    const auto groups = make_weighted(hummed, weight);
    const GroupSampler sampler(groups, {}, kWindow_s, {10, 1});
    const double visits_of_song = 4 * weight + 3;
    const auto most =
        static_cast<int>(std::ceil((visits_of_song + 1) / static_cast<double>(sampler.steps_per_epoch())));
    for (int64_t step = 0; step < 20 * sampler.steps_per_epoch(); ++step) {
      const BatchPlan plan = sampler.plan(step);
      std::map<std::string, int> songs;
      std::set<std::pair<size_t, size_t>> clips;
      for (const auto& [group, count] : clips_per_group(plan)) ++songs[groups[group].song_id];
      for (const ClipPlan& clip : plan.clips) clips.insert({clip.group, clip.fragment});
      EXPECT_EQ(clips.size(), plan.clips.size()) << "a clip comes twice in step " << step;
      for (const auto& [song, count] : songs) {
        const bool is_hummed = std::stoi(song.substr(1)) < hummed;
        EXPECT_LE(count, is_hummed ? most : 1) << song << " in step " << step << ", " << hummed << " hummed";
      }
    }
  }
}

TEST(PropertyGroupSampler, ABatchIsFilledByWeight) {
  auto groups = make_groups(40, 1);
  for (size_t g = 0; g < 10; ++g) groups[g].weight = 4;
  GroupSamplerConfig config;
  config.groups_per_batch = 4;
  config.fill_to = 16;
  const GroupSampler filled(groups, config, kWindow_s, {11, 0});
  config.fill_to = 0;
  const GroupSampler plain(groups, config, kWindow_s, {11, 0});
  double heavy = 0, all = 0;
  for (int64_t step = 0; step < 400; ++step) {
    const auto with = clips_per_group(filled.plan(step)), without = clips_per_group(plain.plan(step));
    for (const auto& [group, clips] : with)
      if (!without.contains(group)) ++all, heavy += group < 10 ? 1 : 0;
  }
  ASSERT_GT(all, 200);
  // 40 of 70 visits are of heavy groups, less those that the batch has already; unweighted it would be 0.25.
  EXPECT_NEAR(heavy / all, 0.5, 0.12);
}

TEST(GroupSampler, AGroupIsDrawnNoOftenerThanThereAreBatches) {
  // 4 of 80 groups weigh as much as the rest: 19 visits each in the 19 batches of an epoch.
  auto many = make_groups(80, 1);
  for (size_t g = 0; g < 4; ++g) many[g].weight = 19;
  EXPECT_NEAR(share_of_heavier(GroupSampler(many, {}, kWindow_s, {12, 0}), many), 0.5, 0.01);
  // 2 of 12 weigh 90 % of 100, and there are 13 batches: 26 visits beside 10, which are repeated to fill up.
  auto few = make_groups(12, 1);
  for (size_t g = 0; g < 2; ++g) few[g].weight = 45;
  EXPECT_NEAR(share_of_heavier(GroupSampler(few, {}, kWindow_s, {12, 0}), few), 26.0 / 46, 0.02);
  EXPECT_EQ(share_of_heavier(GroupSampler(make_groups(12, 1), {}, kWindow_s, {12, 0}), make_groups(12, 1)),
            0);
}

TEST(PropertyGroupSampler, TheWindowLiesInTheGroupAndIsCommonToIt) {
  const auto groups = make_groups(20, 5);
  const GroupSampler sampler(groups, {}, kWindow_s, {4, 0});
  std::map<size_t, std::set<double>> centers;
  for (int64_t step = 0; step < 200; ++step) {
    std::map<size_t, double> center_of;
    for (const ClipPlan& clip : sampler.plan(step).clips) {
      const FragmentGroup& group = groups[clip.group];
      EXPECT_EQ(center_of.try_emplace(clip.group, clip.group_center_s).first->second, clip.group_center_s);
      EXPECT_EQ(clip.whole_group, group.duration_s < kWindow_s);
      if (clip.whole_group) {
        EXPECT_DOUBLE_EQ(clip.group_center_s, group.duration_s / 2);
      } else {
        EXPECT_GE(clip.group_center_s, kWindow_s / 2);
        EXPECT_LE(clip.group_center_s, group.duration_s - kWindow_s / 2 + 1e-9);
      }
      EXPECT_DOUBLE_EQ(clip.center_s, group.fragments[clip.fragment].to_recording_s(clip.group_center_s));
      centers[clip.group].insert(clip.group_center_s);
    }
  }
  // The draws reach both ends: of a 17 s range the extremes of ~16 draws are beyond a third on either side.
  for (const auto& [group, drawn] : centers)
    if (groups[group].duration_s == 20 && drawn.size() > 8) {
      EXPECT_LT(*drawn.begin(), 1.5 + 17.0 / 3);
      EXPECT_GT(*drawn.rbegin(), 18.5 - 17.0 / 3);
    }
}

TEST(PropertyGroupSampler, WindowStartsAreUniform) {
  const std::vector<FragmentGroup> groups = [] {
    auto all = make_groups(8, 1);
    for (auto& group : all) group.duration_s = 13;
    return all;
  }();
  const GroupSampler sampler(groups, {}, kWindow_s, {5, 0});
  std::vector<int> tenths(10, 0);
  constexpr int kDraws = 4000;
  for (int64_t step = 0; step < kDraws / 8; ++step) {
    std::map<size_t, double> center_of;
    for (const ClipPlan& clip : sampler.plan(step).clips) center_of[clip.group] = clip.group_center_s;
    for (const auto& [group, center_s] : center_of)
      ++tenths[static_cast<size_t>(std::min(9.0, std::floor(center_s - 1.5)))];
  }
  for (const int count : tenths) EXPECT_NEAR(count, kDraws / 10, 5 * std::sqrt(kDraws * 0.09));
}

TEST(PropertyGroupSampler, AStepIsTheSameWithoutHistory) {
  const auto groups = make_groups(20, 5);
  const GroupSampler sampler(groups, {}, kWindow_s, {6, 1});
  std::vector<BatchPlan> plans;
  for (int64_t step = 0; step < 50; ++step) plans.push_back(sampler.plan(step));
  for (const int64_t step : {49, 0, 17, 30, 5}) {
    const GroupSampler restarted(groups, {}, kWindow_s, {6, 1});
    EXPECT_TRUE(same(restarted.plan(step), plans[static_cast<size_t>(step)])) << step;
    EXPECT_TRUE(same(sampler.plan(step), plans[static_cast<size_t>(step)])) << step;
  }
}

TEST(PropertyGroupSampler, SeedRoundAndStepChangeTheBatch) {
  const auto groups = make_groups(20, 5);
  const auto plan = [&](uint64_t seed, uint64_t round, int64_t step) {
    return GroupSampler(groups, {}, kWindow_s, {seed, round}).plan(step);
  };
  EXPECT_FALSE(same(plan(1, 0, 0), plan(2, 0, 0)));
  EXPECT_FALSE(same(plan(1, 0, 0), plan(1, 1, 0)));
  EXPECT_FALSE(same(plan(1, 0, 0), plan(1, 0, 1)));
  EXPECT_FALSE(same(plan(1, 0, 0), plan(1, 0, 13)));  // the first of the next epoch
}

TEST(PropertyGroupSampler, SmallGroupsAreFilledUpOnRequest) {
  const auto groups = make_groups(60, 2);  // 2 to 5 fragments: 3.25 clips a group
  GroupSamplerConfig config;
  config.fill_to = 32;
  const GroupSampler filled(groups, config, kWindow_s, {7, 0}), plain(groups, {}, kWindow_s, {7, 0});
  for (int64_t step = 0; step < 30; ++step) {
    const BatchPlan plan = filled.plan(step), base = plain.plan(step);
    EXPECT_GE(plan.clips.size(), 31u);
    EXPECT_LE(plan.clips.size(), 32u);
    std::set<std::string> songs;
    for (const auto& [group, count] : clips_per_group(plan)) {
      songs.insert(groups[group].song_id);
      EXPECT_GE(count, 2);
    }
    EXPECT_EQ(songs.size(), clips_per_group(plan).size());
    ASSERT_GE(plan.clips.size(), base.clips.size());
    for (size_t i = 0; i < base.clips.size(); ++i) EXPECT_EQ(plan.clips[i].center_s, base.clips[i].center_s);
  }
}

TEST(GroupSampler, FewerGroupsThanABatchAreOneBatch) {
  const auto groups = make_groups(3, 1);
  const GroupSampler sampler(groups, {}, kWindow_s, {1, 0});
  EXPECT_EQ(sampler.steps_per_epoch(), 1);
  EXPECT_EQ(clips_per_group(sampler.plan(0)).size(), 3u);
}

TEST(GroupSampler, ASongWithMoreGroupsThanBatchesRepeatsAsLittleAsItMust) {
  const auto groups = make_groups(2, 8);  // two batches of eight: four of each song
  const GroupSampler sampler(groups, {}, kWindow_s, {1, 0});
  for (int64_t step = 0; step < 6; ++step) {
    std::map<std::string, int> songs;
    for (const auto& [group, count] : clips_per_group(sampler.plan(step))) ++songs[groups[group].song_id];
    EXPECT_EQ(songs["s0"], 4);
    EXPECT_EQ(songs["s1"], 4);
  }
}

TEST(GroupSampler, SenselessSettingsAreRefused) {
  const auto groups = make_groups(3, 2);
  EXPECT_THROW(GroupSampler(groups, {.groups_per_batch = 1}, kWindow_s, {}), ConfigError);
  EXPECT_THROW(GroupSampler(groups, {.max_fragments = 1}, kWindow_s, {}), ConfigError);
  EXPECT_THROW(GroupSampler(groups, {}, 0, {}), ConfigError);
  EXPECT_THROW(GroupSampler({}, {}, kWindow_s, {}), ConfigError);
  auto lonely = groups;
  lonely[1].fragments.resize(1);
  EXPECT_THROW(GroupSampler(lonely, {}, kWindow_s, {}), DataError);
  for (const double weight : {0.0, -1.0, std::nan("")}) {
    auto weightless = groups;
    weightless[1].weight = weight;
    EXPECT_THROW(GroupSampler(weightless, {}, kWindow_s, {}), DataError);
  }
  EXPECT_THROW(GroupSampler(groups, {}, kWindow_s, {}).plan(-1), ConfigError);
}

}  // namespace
}  // namespace melomine::datasets
