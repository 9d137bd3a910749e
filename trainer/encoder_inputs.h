#pragma once

#include <c10/core/Event.h>
#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "datasets/batch.h"
#include "embedding/clip_hearing.h"

namespace melomine::trainer {

/// What an encoder sees of batches, on its device. For a CUDA device that is begun as soon as a batch is
/// made, in the thread that made it and on a stream beside the one that computes: its features are copied
/// from page-locked memory and made images of, while the steps before it compute. Where the processor
/// computes, nothing is copied, and images are made when they are asked for.
class EncoderInputs {
 public:
  /// @param hearing  makes images of features; null: they are images
  EncoderInputs(torch::Device device, std::unique_ptr<const embedding::ClipHearing> hearing);

  /// Begins with a batch. Called from the threads that make batches, several at once.
  void begin(const datasets::Batch& batch);

  /// Images of a batch's rows that the device's current stream may read from here on: those that were begun,
  /// or else made now. What was begun of steps before this one is given up.
  /// @returns [rows, 1, F, T] float32; may be the batch's own memory, which must outlive it
  torch::Tensor take(const datasets::Batch& batch);

 private:
  struct Begun {
    torch::Tensor images;  ///< belongs to the stream on which they were begun
    c10::Event done;
  };
  torch::Tensor heard(const torch::Tensor& features, const datasets::Batch& batch) const;

  torch::Device device_;
  std::unique_ptr<const embedding::ClipHearing> hearing_;
  std::mutex mutex_;
  std::map<int64_t, Begun> begun_;  ///< by step
};

}  // namespace melomine::trainer
