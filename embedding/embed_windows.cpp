#include "embedding/embed_windows.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/time_interval.h"

namespace melomine::embedding {

retrieval::FingerprintSequence encode_windows(
    models::Encoder& encoder, const datasets::WindowConfig& window, double duration_s, int64_t batch_size,
    const std::function<torch::Tensor(int64_t begin, int64_t count)>& make) {
  if (encoder.is_training())
    throw ConfigError("[embed] the encoder is in training mode; hold a models::EvaluationMode meanwhile");
  retrieval::FingerprintSequence sequence;
  sequence.dim = encoder.embedding_dim();
  sequence.hop_s = window.step_s;
  sequence.first_center_s = 0.5 * window.length_s;
  // A hair of tolerance keeps a recording of exactly W + k·S at k + 1 windows.
  const double beyond_s = duration_s - window.length_s + kTimeSlack_s;
  sequence.steps = beyond_s < 0 ? 1 : 1 + static_cast<int64_t>(beyond_s / window.step_s);
  sequence.values.resize(static_cast<size_t>(sequence.steps * sequence.dim));
  const torch::NoGradGuard no_gradient;
  for (int64_t begin = 0; begin < sequence.steps; begin += batch_size) {
    const int64_t count = std::min(batch_size, sequence.steps - begin);
    const auto z = encoder.forward(make(begin, count)).to(torch::kCPU).contiguous();
    std::memcpy(sequence.values.data() + begin * sequence.dim, z.data_ptr<float>(),
                static_cast<size_t>(count * sequence.dim) * sizeof(float));
  }
  return sequence;
}

retrieval::FingerprintSequence embed_windows(models::Encoder& encoder, const datasets::WindowConfig& window,
                                             const WindowImages& images, torch::Device device,
                                             int64_t batch_size) {
  const bool masked = images.min_voiced > 0;
  std::vector<uint8_t> voiced;
  const auto image_values = static_cast<size_t>(images.rows * images.columns);
  const auto make = [&](int64_t begin, int64_t count) {
    auto input = torch::zeros({count, 1, images.rows, images.columns});
    float* image = input.data_ptr<float>();
    for (int64_t i = begin; i < begin + count; ++i, image += image_values) {
      const double share = images.draw(static_cast<double>(i) * window.step_s, {image, image_values});
      if (masked) voiced.push_back(share < images.min_voiced ? 0 : 1);
    }
    return input.to(device);
  };
  auto sequence = encode_windows(encoder, window, images.duration_s, batch_size, make);
  sequence.voiced = std::move(voiced);
  for (int64_t t = 0; masked && t < sequence.steps; ++t)
    if (sequence.voiced[static_cast<size_t>(t)] == 0)
      std::fill_n(sequence.values.begin() + t * sequence.dim, sequence.dim, 0.0f);
  return sequence;
}

}  // namespace melomine::embedding
