#include "losses/clews.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "configs/check.h"

namespace melomine::losses {
namespace {

constexpr double kNowhere = std::numeric_limits<double>::infinity();  ///< how far an absent pair is

const std::vector<std::pair<std::string, SetDistance>>& set_distance_words() {
  static const std::vector<std::pair<std::string, SetDistance>> words = {
      {"mean", SetDistance::kMean},
      {"min", SetDistance::kMin},
      {"mean_min", SetDistance::kMeanMin},
      {"best_pairs", SetDistance::kBestPairs}};
  return words;
}

/// The clips of each recording.
struct Sets {
  torch::Tensor rows;        ///< [R, n] int64: clips of the batch, 0 where a set has fewer than n
  torch::Tensor present;     ///< [R, n] bool: there is such a clip
  torch::Tensor songs;       ///< [R] int64
  torch::Tensor recordings;  ///< [R] int64
};

/// Clips of one recording and one song are a set, in the order in which they appear. On the CPU.
Sets sets_of(const torch::Tensor& songs, const torch::Tensor& recordings) {
  const auto song = songs.accessor<int64_t, 1>(), recording = recordings.accessor<int64_t, 1>();
  std::map<std::pair<int64_t, int64_t>, size_t> index;
  std::vector<std::vector<int64_t>> clips;
  std::vector<int64_t> songs_of_sets, recordings_of_sets;
  size_t largest = 0;
  for (int64_t row = 0; row < songs.size(0); ++row) {
    const auto [found, is_new] = index.try_emplace({recording[row], song[row]}, clips.size());
    if (is_new) {
      clips.emplace_back();
      songs_of_sets.push_back(song[row]);
      recordings_of_sets.push_back(recording[row]);
    }
    clips[found->second].push_back(row);
    largest = std::max(largest, clips[found->second].size());
  }
  const auto sets = static_cast<int64_t>(clips.size()), n = static_cast<int64_t>(largest);
  Sets made{.rows = torch::zeros({sets, n}, torch::kInt64),
            .present = torch::zeros({sets, n}, torch::kBool),
            .songs = torch::tensor(songs_of_sets, torch::kInt64),
            .recordings = torch::tensor(recordings_of_sets, torch::kInt64)};
  for (int64_t set = 0; set < sets; ++set) {
    const auto& own = clips[static_cast<size_t>(set)];
    const auto count = static_cast<int64_t>(own.size());
    made.rows[set].slice(0, 0, count).copy_(torch::tensor(own, torch::kInt64));
    made.present[set].slice(0, 0, count).fill_(true);
  }
  return made;
}

/// R_bpwr: takes the nearest pair, drops the row and the column it is in, and so on.
torch::Tensor best_pairs_without_replacement(const torch::Tensor& distances, const torch::Tensor& present,
                                             int64_t best_pairs) {
  const int64_t sets = distances.size(0), n = distances.size(2);
  const auto flat = distances.reshape({sets, sets, n * n});
  const auto places = torch::arange(n * n, torch::TensorOptions(torch::kInt64).device(distances.device()));
  const auto row_of = places.div(n, "floor"), column_of = places.remainder(n);
  auto open = present.reshape({sets, sets, n * n});
  auto sum = torch::zeros({sets, sets}, distances.options());
  auto taken = torch::zeros({sets, sets}, torch::TensorOptions(torch::kInt64).device(distances.device()));
  for (int64_t round = 0; round < std::min(best_pairs, n); ++round) {
    const auto nearest = flat.detach().masked_fill(open.logical_not(), kNowhere).argmin(2, /*keepdim=*/true);
    const auto is_open = open.gather(2, nearest).squeeze(2);
    sum = sum + flat.gather(2, nearest).squeeze(2).masked_fill(is_open.logical_not(), 0.0);
    taken = taken + is_open;
    open = open.logical_and(nearest.div(n, "floor") != row_of).logical_and(nearest.remainder(n) != column_of);
  }
  return sum / taken.clamp_min(1);
}

}  // namespace

torch::Tensor set_distances(SetDistance distance, const torch::Tensor& distances,
                            const torch::Tensor& present, int64_t best_pairs) {
  const auto absent = present.logical_not();
  switch (distance) {
    case SetDistance::kMean:
      return distances.masked_fill(absent, 0.0).flatten(2).sum(2) / present.flatten(2).sum(2).clamp_min(1);
    case SetDistance::kMin:
      return distances.masked_fill(absent, kNowhere).flatten(2).amin(2);
    case SetDistance::kMeanMin: {
      const auto row_present = present.any(3);
      const auto nearest = distances.masked_fill(absent, kNowhere).amin(3);
      return nearest.masked_fill(row_present.logical_not(), 0.0).sum(2) / row_present.sum(2).clamp_min(1);
    }
    case SetDistance::kBestPairs:
      break;
  }
  return best_pairs_without_replacement(distances, present, best_pairs);
}

void bind(configs::Binder& b, ClewsConfig& c) {
  b.enumeration(
      "positive_distance", c.positive_distance, set_distance_words(),
      "of two recordings of one song: mean of all pairs of clips, min of the nearest, mean_min of each "
      "clip's nearest, best_pairs of the nearest without replacement");
  b.enumeration("negative_distance", c.negative_distance, set_distance_words(),
                "of recordings of two songs, likewise");
  b.integer("best_pairs", c.best_pairs, configs::at_least(1), "how many pairs best_pairs takes at most");
  b.number("gamma", c.gamma, configs::above(0), "how fast a negative ceases to matter with its distance");
  b.number("epsilon", c.epsilon, configs::above(0),
           "negatives push until the mean of exp(-gamma distance) is far below it");
}

configs::KindEntry clews_kind() {
  return configs::kind<LossKindOf<Clews, ClewsConfig, LearnsFrom::kLabels>>(
      "clews", "recordings as sets of clips, known by their song alone (Serrà et al. 2025)");
}

Clews::Clews(const ClewsConfig& config) : config_(config) {
  configs::check(config, "[clews]");
}

torch::Tensor Clews::forward(const LossInput& input) {
  const torch::Tensor& z = input.z;
  require_labels("clews", "songs", z, input.songs);
  require_labels("clews", "recordings", z, input.recordings);
  const Sets sets = sets_of(input.songs.to(torch::kCPU), input.recordings.to(torch::kCPU));
  const auto rows = sets.rows.to(z.device()), present = sets.present.to(z.device());
  const auto same_song = sets.songs.unsqueeze(1) == sets.songs.unsqueeze(0);
  const auto other_recording = sets.recordings.unsqueeze(1) != sets.recordings.unsqueeze(0);
  const auto positive = same_song.logical_and(other_recording).to(z.device());
  const auto negative = same_song.logical_not().logical_and(other_recording).to(z.device());

  // [R, n] and [R, n] to [R, R, n, n].
  const auto both = present.unsqueeze(1).unsqueeze(3).logical_and(present.unsqueeze(0).unsqueeze(2));
  const auto distances =
      (2 - 2 * torch::mm(z, z.t())).index({rows.unsqueeze(1).unsqueeze(3), rows.unsqueeze(0).unsqueeze(2)});
  const auto near = set_distances(config_.positive_distance, distances, both, config_.best_pairs);
  const auto far = set_distances(config_.negative_distance, distances, both, config_.best_pairs);
  const auto apart = mean_over(near.masked_fill(positive.logical_not(), 0.0).sum(), positive.sum(), z);
  const auto pull = (-config_.gamma * far).exp().masked_fill(negative.logical_not(), 0.0);
  return apart + torch::log1p(mean_over(pull.sum(), negative.sum(), z) / config_.epsilon);
}

}  // namespace melomine::losses
