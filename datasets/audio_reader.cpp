#include "datasets/audio_reader.h"

#include <algorithm>

namespace melomine::datasets {

std::vector<float> to_float(std::span<const int16_t> samples) {
  std::vector<float> values(samples.size());
  std::ranges::transform(samples, values.begin(),
                         [](int16_t s) { return static_cast<float>(s) * kSampleScale; });
  return values;
}

std::vector<float> AudioReader::read_all(const std::string& recording_id) const {
  std::vector<int16_t> samples(static_cast<size_t>(length_samples(recording_id)));
  read(recording_id, 0, samples);
  return to_float(samples);
}

}  // namespace melomine::datasets
