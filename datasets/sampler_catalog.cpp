#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

#include "datasets/sampler.h"

namespace melomine::datasets {

const configs::Catalogue& SamplerKind::catalogue() {
  // clang-format off
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(groups),
  };
  // clang-format on
  static const configs::Catalogue catalogue("sampler", kinds);
  return catalogue;
}

void bind(configs::Binder& b, SamplerConfig& c) {
  b.variant(c.sampler);
  b.nested("voice", c.voice, "mask of windows without a voice, which are drawn again");
}

std::vector<int64_t> songs_of_groups(const std::vector<FragmentGroup>& groups) {
  std::unordered_map<std::string, int64_t> index;
  std::vector<int64_t> songs;
  songs.reserve(groups.size());
  for (const FragmentGroup& group : groups)
    songs.push_back(index.try_emplace(group.song_id, static_cast<int64_t>(index.size())).first->second);
  return songs;
}

std::vector<std::vector<int64_t>> recordings_of_fragments(const std::vector<FragmentGroup>& groups) {
  std::unordered_map<std::string, int64_t> index;
  std::vector<std::vector<int64_t>> recordings(groups.size());
  for (size_t group = 0; group < groups.size(); ++group)
    for (const Fragment& fragment : groups[group].fragments)
      recordings[group].push_back(
          index.try_emplace(fragment.recording_id, static_cast<int64_t>(index.size())).first->second);
  return recordings;
}

std::vector<std::string> recording_ids(const std::vector<FragmentGroup>& groups) {
  std::set<std::string> ids;
  for (const FragmentGroup& group : groups)
    for (const Fragment& fragment : group.fragments) ids.insert(fragment.recording_id);
  return {ids.begin(), ids.end()};
}

double share_of_heavier(const Sampler& sampler, const std::vector<FragmentGroup>& groups) {
  int64_t heavier = 0, all = 0;
  for (int64_t step = 0; step < sampler.steps_per_epoch(); ++step) {
    std::set<size_t> present;
    for (const ClipPlan& clip : sampler.plan(step).clips) present.insert(clip.group);
    all += static_cast<int64_t>(present.size());
    heavier +=
        std::count_if(present.begin(), present.end(), [&](size_t group) { return groups[group].weight > 1; });
  }
  return all == 0 ? 0 : static_cast<double>(heavier) / static_cast<double>(all);
}

}  // namespace melomine::datasets
