#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <span>

#include "datasets/front_end.h"
#include "models/encoder.h"
#include "retrieval/fingerprint_sequence.h"

namespace melomine::embedding {

/// What an encoder sees of the windows of one recording.
struct WindowImages {
  int64_t rows = 0, columns = 0;
  double duration_s = 0;  ///< of the recording; shorter than a window it has one all the same
  /// Windows of which a smaller share is voiced count for nothing: their fingerprints are 0; 0: all count.
  double min_voiced = 0;
  /// Draws the window that begins at a time (seconds) into zeros [rows, columns]. @returns its voiced share
  std::function<double(double start_s, std::span<float> image)> draw;
};

/// Fingerprints of all windows of a recording, window t from t·S on, encoded in batches without gradient.
/// @param duration_s  of the recording; shorter than a window it has one all the same
/// @param make        what the encoder sees of `count` windows from window `begin` on, [count, 1, F, T] on
/// its
///                    device
/// @throws ConfigError while the encoder is in training mode
retrieval::FingerprintSequence encode_windows(
    models::Encoder& encoder, const datasets::WindowConfig& window, double duration_s, int64_t batch_size,
    const std::function<torch::Tensor(int64_t begin, int64_t count)>& make);

/// The same of images that are drawn one by one.
/// @throws ConfigError while the encoder is in training mode
retrieval::FingerprintSequence embed_windows(models::Encoder& encoder, const datasets::WindowConfig& window,
                                             const WindowImages& images, torch::Device device,
                                             int64_t batch_size);

}  // namespace melomine::embedding
