#include "melody/distortion.h"

#include <map>
#include <string>
#include <utility>

namespace melomine::melody {

void bind(configs::Binder& b, DistortionConfig& c) {
  b.variant(c.distortion);
  b.number("probability", c.probability, configs::between(0, 1), "share of the contours it is applied to");
}

Distortions::Distortions(std::vector<DistortionConfig> list) {
  std::map<std::string, int> seen;
  for (DistortionConfig& config : list) {
    const std::string& type = config.distortion.type();
    const int before = seen[type]++;
    const uint64_t stream = stream_id(before == 0 ? type : type + "_" + std::to_string(before + 1));
    entries_.push_back({std::move(config), stream});
  }
}

void Distortions::apply(CentredContour& centred, uint64_t key) const {
  for (const Entry& entry : entries_) {
    RandomStream random({key, entry.stream});
    if (random.chance(entry.config.probability)) entry.config.distortion->apply(centred, random);
  }
}

}  // namespace melomine::melody
