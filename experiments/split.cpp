#include "experiments/split.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/random.h"

namespace melomine::experiments {

Split split_songs(const datasets::Corpus& corpus, const DataConfig& data, int64_t seed) {
  Split split;
  for (const auto& [id, song] : corpus.songs()) split.train.insert(id);
  const size_t songs = split.train.size();
  for (const std::string& id : data.held_out_ids) {
    if (split.train.erase(id) == 0)
      throw ConfigError(fmt::format("data.held_out_ids: no song '{}' in {}", id, data.shards));
    split.held_out.insert(id);
  }
  std::vector<std::string> order(split.train.begin(), split.train.end());
  RandomStream({static_cast<uint64_t>(seed), stream_id("split")}).shuffle(order);
  const auto take = [&](int64_t count, std::set<std::string>& to) {
    for (; count > 0 && !order.empty(); --count) {
      to.insert(order.back());
      split.train.erase(order.back());
      order.pop_back();
    }
  };
  take(data.held_out_songs, split.held_out);
  take(data.validation_songs, split.validation);
  if (split.train.empty())
    throw ConfigError(
        fmt::format("data: {} holds {} songs and all of them are held out; lower held_out_songs or "
                    "validation_songs",
                    data.shards, songs));
  // A stream of its own, so that the number of hum songs does not change which songs are held out.
  for (const auto& [id, song] : corpus.songs())
    if (!song.hums.empty() && split.train.contains(id)) split.hums.insert(id);
  std::vector<std::string> hummed(split.hums.begin(), split.hums.end());
  RandomStream({static_cast<uint64_t>(seed), stream_id("hum_songs")}).shuffle(hummed);
  for (; data.hum_songs > 0 && hummed.size() > static_cast<size_t>(data.hum_songs); hummed.pop_back())
    split.hums.erase(hummed.back());
  return split;
}

}  // namespace melomine::experiments
