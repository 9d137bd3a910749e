#include <fmt/format.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "datasets/batch_maker.h"
#include "datasets/joined_groups.h"
#include "experiments/loop_config.h"
#include "losses/multi_similarity_miner.h"
#include "losses/pairs.h"
#include "tests/support/made_audio.h"

namespace melomine::experiments {
namespace {

using datasets::FragmentGroup;
using datasets::RecordingKind;
using losses::Negatives;

constexpr double kW_s = 3;
/// Told apart to within the rounding of samples.
constexpr double kTouching_s = 0.01;

/// Groups as the loop's second round has them on the demo: 8 of H, of two songs; 106 mined ones of 36 songs,
/// those two among them; 12 that join the two. Of a song all lie in one original and overlap one another.
class DemoGroups {
 public:
  DemoGroups() {
    std::vector<FragmentGroup> hums, mined;
    for (int song = 0; song < 2; ++song)
      for (int k = 0; k < 4; ++k)
        hums.push_back(group(song, {12.0 * k, 12.0 * k + 10}, RecordingKind::kHumming, 1));
    for (int song = 0; song < 36; ++song)
      for (int k = 0; k < (song < 34 ? 3 : 2); ++k)
        mined.push_back(group(song, {4 + 13.0 * k, 20 + 13.0 * k}, RecordingKind::kCover, 2));
    std::vector<FragmentGroup> others = mined;
    for (FragmentGroup& joined : datasets::join_groups(hums, mined, kW_s)) others.push_back(joined);
    joined_ = others.size() - mined.size();
    LoopConfig loop;
    loop.hum_share = 0.5;
    const double weight =
        hum_weight(loop, static_cast<int64_t>(hums.size()), static_cast<int64_t>(others.size()));
    for (FragmentGroup& hum : hums) hum.weight = weight;
    all_ = hums;
    all_.insert(all_.end(), others.begin(), others.end());
  }

  const std::vector<FragmentGroup>& all() const { return all_; }
  size_t joined() const { return joined_; }

  /// What of its song's original a clip of the plan holds.
  TimeInterval window(const datasets::ClipPlan& clip) const {
    const FragmentGroup& group = all_[clip.group];
    const double tempo = tempo_.at(group.fragments[clip.fragment].recording_id);
    const double center_s = group.original_start_s + clip.group_center_s;
    return {center_s - 0.5 * kW_s * tempo, center_s + 0.5 * kW_s * tempo};
  }

 private:
  /// The original's part and `others` recordings of it at tempos of their own.
  FragmentGroup group(int song, const TimeInterval& part, RecordingKind kind, int others) {
    const std::string id = fmt::format("s{}", song), name = id + "_" + std::to_string(++count_);
    FragmentGroup group{.group_id = name,
                        .song_id = id,
                        .duration_s = part.duration_s(),
                        .fragments = {},
                        .original_id = id + "_original",
                        .original_start_s = part.start_s};
    add(group, id + "_original", RecordingKind::kOriginal, part.start_s, 1);
    for (int i = 0; i < others; ++i)
      add(group, name + "_" + std::to_string(i), kind, 5 + 3 * i, i == 0 ? 1.2 : 0.85);
    return group;
  }
  void add(FragmentGroup& group, const std::string& id, RecordingKind kind, double start_s, double tempo) {
    tempo_[id] = tempo;
    const TimeInterval interval{start_s, start_s + group.duration_s / tempo};
    group.fragments.push_back(
        {id, kind, interval, {{0, group.duration_s, interval.start_s, interval.end_s}}});
  }

  std::vector<FragmentGroup> all_;
  std::map<std::string, double> tempo_;  ///< seconds of the original a second
  size_t joined_ = 0;
  int count_ = 0;
};

datasets::BatchConfig cheap_batches() {
  datasets::BatchConfig config;
  config.window.length_s = kW_s;
  config.augment.clear();
  config.features.feature.choose("rms");
  return config;
}

datasets::AudioReader level_reader() {
  return melomine::testing::reader_of([](const std::string&, int64_t) { return 0.1; });
}

/// Fingerprints of an encoder that hears melodies, if not well: clips of one place tend to be alike, so that
/// miners of hard negatives prefer them.
torch::Tensor fingerprints(const datasets::Batch& batch, const std::vector<TimeInterval>& windows) {
  constexpr double kBlur = 0.7;
  torch::manual_seed(static_cast<uint64_t>(batch.step));
  torch::Tensor z = kBlur * torch::randn({batch.size, 16}, torch::kFloat64);
  auto value = z.accessor<double, 2>();
  for (int64_t i = 0; i < batch.size; ++i)
    for (int64_t d = 0; d < 16; ++d)
      value[i][d] += std::cos(0.3 * static_cast<double>(d + 1) * windows[static_cast<size_t>(i)].center_s() +
                              static_cast<double>(batch.songs[static_cast<size_t>(i)] * (d * d + 1)));
  return torch::nn::functional::normalize(z);
}

losses::BatchLabels labels_of(const datasets::Batch& batch) {
  return {
      .groups = torch::tensor(batch.groups, torch::kInt64),
      .songs = torch::tensor(batch.songs, torch::kInt64),
      .domains = torch::tensor(batch.domains, torch::kInt64),
      .same_melody =
          torch::tensor(batch.same_melody, torch::kUInt8).to(torch::kBool).view({batch.size, batch.size})};
}

struct NegativesOfOneSong {
  int64_t common = 0;  ///< they share a stretch of the song
  int64_t apart = 0;
};

/// Mined negatives over three epochs, under a rule.
NegativesOfOneSong count_negatives(const DemoGroups& groups, Negatives negatives) {
  const datasets::BatchMaker maker(groups.all(), level_reader(), cheap_batches(), {11, 1});
  NegativesOfOneSong counts;
  for (int64_t step = 0; step < 90; ++step) {
    const datasets::Batch batch = maker.make(step);
    std::vector<TimeInterval> windows;
    for (const datasets::ClipPlan& clip : maker.plan(step).clips) windows.push_back(groups.window(clip));
    const torch::Tensor z = fingerprints(batch, windows);
    const losses::BatchLabels labels = labels_of(batch);
    losses::BatchPairs pairs(z, labels);
    const losses::PairMasks mined =
        losses::MultiSimilarityMiner().mine(z, pairs.of({.negatives = negatives}));
    const auto negative = mined.negative.accessor<bool, 2>();
    for (int64_t a = 0; a < batch.size; ++a)
      for (int64_t b = 0; b < batch.size; ++b) {
        const auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
        if (!negative[a][b] || batch.songs[i] != batch.songs[j]) continue;
        const double common_s =
            std::min(windows[i].end_s, windows[j].end_s) - std::max(windows[i].start_s, windows[j].start_s);
        ++(common_s > kTouching_s ? counts.common : counts.apart);
      }
  }
  return counts;
}

TEST(PropertyNegatives, OfOtherStretchesNeverShareAStretchOfASongHoweverItsGroupsAreDealt) {
  const DemoGroups groups;
  ASSERT_EQ(groups.joined(), 12U);
  ASSERT_EQ(groups.all().size(), 8U + 106U + 12U);
  // The groups are such that it matters: half of a batch is of the two hummed songs.
  EXPECT_GT(count_negatives(groups, Negatives::kOtherGroups).common, 40);
  const NegativesOfOneSong left = count_negatives(groups, Negatives::kOtherStretches);
  EXPECT_EQ(left.common, 0);
  EXPECT_GT(left.apart, 50) << "other phrases of a song stay negatives";
  const NegativesOfOneSong none = count_negatives(groups, Negatives::kOtherSongs);
  EXPECT_EQ(none.common + none.apart, 0);
}

}  // namespace
}  // namespace melomine::experiments
