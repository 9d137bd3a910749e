#include "datasets/clip_pipeline.h"

#include <algorithm>
#include <map>

namespace melomine::datasets {
namespace {

/// The streams of transforms that are older than this list had numbers; batches stay what they were.
uint64_t draw_stream(const std::string& type) {
  static const std::vector<std::string> numbered = {"pitch_shift", "time_stretch", "splice_out",
                                                    "mix",         "noise",        "hum"};
  const auto found = std::find(numbered.begin(), numbered.end(), type);
  return found != numbered.end() ? static_cast<uint64_t>(found - numbered.begin()) : stream_id(type);
}

}  // namespace

ClipPipeline::ClipPipeline(std::vector<ClipTransformConfig> transforms) {
  std::map<std::string, int> seen;
  for (ClipTransformConfig& config : transforms) {
    const std::string& type = config.transform.type();
    const int before = seen[type]++;
    const std::string name = before == 0 ? type : type + "_" + std::to_string(before + 1);
    entries_.push_back({std::move(config), draw_stream(name), stream_id(name)});
  }
}

ClipDraw ClipPipeline::draw(uint64_t key) const {
  ClipDraw drawn;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    RandomStream random({key, entry.draws});
    if (!random.chance(entry.config.probability)) continue;
    auto effect = entry.config.transform->draw(random);
    effect->shape(drawn.shape);
    drawn.effects.push_back({entry.samples, i, std::move(effect)});
  }
  return drawn;
}

std::vector<std::string> ClipPipeline::types() const {
  std::vector<std::string> all;
  for (const Entry& entry : entries_) all.push_back(entry.config.transform.type());
  return all;
}

}  // namespace melomine::datasets
