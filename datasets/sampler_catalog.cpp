#include <string>
#include <unordered_map>

#include "datasets/sampler.h"

namespace melomine::datasets {

const configs::Catalogue& SamplerKind::catalogue() {
  static const std::vector<configs::KindEntry> kinds = {
      MELOMINE_KIND(groups),
  };
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

}  // namespace melomine::datasets
