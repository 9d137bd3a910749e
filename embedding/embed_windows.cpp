#include "embedding/embed_windows.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/time_interval.h"

namespace melomine::embedding {

retrieval::FingerprintSequence embed_windows(models::Encoder& encoder, const datasets::WindowConfig& window,
                                             const WindowImages& images, torch::Device device,
                                             int64_t batch_size) {
  if (encoder.is_training())
    throw ConfigError("[embed] the encoder is in training mode; hold a models::EvaluationMode meanwhile");
  retrieval::FingerprintSequence sequence;
  sequence.dim = encoder.embedding_dim();
  sequence.hop_s = window.step_s;
  sequence.first_center_s = 0.5 * window.length_s;
  // A hair of tolerance keeps a recording of exactly W + k·S at k + 1 windows.
  const double beyond_s = images.duration_s - window.length_s + kTimeSlack_s;
  sequence.steps = beyond_s < 0 ? 1 : 1 + static_cast<int64_t>(beyond_s / window.step_s);
  sequence.values.resize(static_cast<size_t>(sequence.steps * sequence.dim));
  const bool masked = images.min_voiced > 0;
  if (masked) sequence.voiced.assign(static_cast<size_t>(sequence.steps), 1);

  const torch::NoGradGuard no_gradient;
  const auto image_values = static_cast<size_t>(images.rows * images.columns);
  for (int64_t begin = 0; begin < sequence.steps; begin += batch_size) {
    const int64_t count = std::min(batch_size, sequence.steps - begin);
    auto input = torch::zeros({count, 1, images.rows, images.columns});
    float* image = input.data_ptr<float>();
    for (int64_t i = begin; i < begin + count; ++i, image += image_values) {
      const double voiced = images.draw(static_cast<double>(i) * window.step_s, {image, image_values});
      if (masked && voiced < images.min_voiced) sequence.voiced[static_cast<size_t>(i)] = 0;
    }
    const auto z = encoder.forward(input.to(device)).to(torch::kCPU).contiguous();
    std::memcpy(sequence.values.data() + begin * sequence.dim, z.data_ptr<float>(),
                static_cast<size_t>(count * sequence.dim) * sizeof(float));
  }
  for (int64_t t = 0; masked && t < sequence.steps; ++t)
    if (sequence.voiced[static_cast<size_t>(t)] == 0)
      std::fill_n(sequence.values.begin() + t * sequence.dim, sequence.dim, 0.0f);
  return sequence;
}

}  // namespace melomine::embedding
