#include "trainer/encoder_inputs.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "embedding/device_augment.h"

namespace melomine::trainer {
namespace {

/// The batch's features, or the source windows of its clips, where they lie. [clips, 1, bins, frames]
torch::Tensor features_of(const datasets::Batch& batch) {
  if (batch.raw) return embedding::sources_of(*batch.raw).unsqueeze(1).unsqueeze(1);
  const auto values = static_cast<int64_t>(batch.features.size());
  const int64_t clips = values / std::max<int64_t>(1, batch.bins * batch.frames);
  return torch::from_blob(const_cast<float*>(batch.features.data()), {clips, 1, batch.bins, batch.frames},
                          torch::kFloat32);
}

}  // namespace

EncoderInputs::EncoderInputs(torch::Device device, std::unique_ptr<const embedding::ClipHearing> hearing)
    : device_(device), hearing_(std::move(hearing)) {}

torch::Tensor EncoderInputs::heard(const torch::Tensor& features, const datasets::Batch& batch) const {
  return hearing_ ? hearing_->hear(features, batch) : features;
}

void EncoderInputs::begin(const datasets::Batch& batch) {
  if (!device_.is_cuda()) return;
  const torch::NoGradGuard no_graph;
  const auto features = features_of(batch);
  const auto locked = torch::empty(features.sizes(), features.options().pinned_memory(true)).copy_(features);
  Begun begun{{}, c10::Event(device_.type())};
  {
    // What is allocated under the guard belongs to this stream. The allocator of page-locked memory keeps
    // `locked` until the stream has read it.
    const c10::Stream beside = c10::impl::VirtualGuardImpl(device_.type()).getStreamFromGlobalPool(device_);
    const c10::StreamGuard guard(beside);
    begun.images = heard(locked.to(device_, locked.scalar_type(), /*non_blocking=*/true), batch);
    begun.done.record(beside);
  }
  const std::lock_guard lock(mutex_);
  begun_.insert_or_assign(batch.step, std::move(begun));
}

torch::Tensor EncoderInputs::take(const datasets::Batch& batch) {
  std::optional<Begun> begun;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = begun_.find(batch.step); found != begun_.end()) begun = std::move(found->second);
    begun_.erase(begun_.begin(), begun_.upper_bound(batch.step));
  }
  if (!begun) return heard(features_of(batch).to(device_), batch);
  const c10::Stream computing = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
  begun->done.block(computing);
  // Memory of another stream: it must not be used again before what computes has read it.
  begun->images.record_stream(computing);
  return std::move(begun->images);
}

}  // namespace melomine::trainer
