#include "embedding/device_augment.h"

#include <algorithm>

#include "datasets/audio_reader.h"
#include "embedding/device_effect.h"
#include "embedding/device_shape.h"

namespace melomine::embedding {
namespace {

/// Of an effect, what was drawn for the first clips. @param clips  so many
datasets::DrawnEffects of_first(const datasets::DrawnEffects& drawn, int64_t clips) {
  const auto count = static_cast<size_t>(std::ranges::lower_bound(drawn.clips, clips) - drawn.clips.begin());
  datasets::DrawnEffects some = drawn;
  some.clips.resize(count);
  some.numbers.resize(count);
  some.keys.resize(count);
  some.heard.resize(count);
  return some;
}

/// The clips that each hears; silence where it hears none. @param voices  [clips, N]
torch::Tensor heard_by(const datasets::DrawnEffects& drawn, const torch::Tensor& voices) {
  std::vector<int64_t> rows;
  bool all = true;
  for (const int64_t clip : drawn.heard) {
    rows.push_back(std::max<int64_t>(0, clip));
    all = all && clip >= 0;
  }
  auto heard = voices.index_select(0, torch::tensor(rows, torch::kInt64).to(voices.device()));
  if (all) return heard;
  const auto none = torch::tensor(drawn.heard, torch::kInt64).to(voices.device()).unsqueeze(1) < 0;
  return heard.masked_fill_(none, 0);
}

/// Changes the clips of which something was drawn.
void apply(EffectOfClips effect, const EffectCall& call, torch::Tensor& clips) {
  const auto rows = torch::tensor(call.drawn.clips, torch::kInt64).to(clips.device());
  clips.index_copy_(0, rows, effect(clips.index_select(0, rows), call));
}

EffectCall call_of(const datasets::DrawnEffects& drawn, const datasets::RawClips& raw,
                   const DeviceAugment& augment) {
  EffectCall call{.drawn = drawn,
                  .kinds = {},
                  .sample_rate_hz = augment.sample_rate_hz,
                  .margin_samples = augment.margin_samples,
                  .heard = {},
                  .noise = augment.noise};
  for (const int64_t clip : drawn.clips) call.kinds.push_back(raw.kinds[static_cast<size_t>(clip)]);
  return call;
}

}  // namespace

torch::Tensor EffectCall::number(size_t index, torch::Device device) const {
  std::vector<double> values;
  for (const std::vector<double>& numbers : drawn.numbers) values.push_back(numbers.at(index));
  return torch::tensor(values, torch::kFloat32).to(device).unsqueeze(1);
}

torch::Tensor sources_of(const datasets::RawClips& raw) {
  return torch::from_blob(const_cast<int16_t*>(raw.sources->data()), {raw.size(), raw.length}, torch::kInt16);
}

torch::Tensor augmented(const torch::Tensor& sources, const datasets::RawClips& raw,
                        const DeviceAugment& augment) {
  const torch::NoGradGuard no_graph;
  const auto samples = sources.to(torch::kFloat32).mul_(datasets::kSampleScale);
  auto voices = device_reshape(samples, raw.shapes, augment.clip_samples, augment.sample_rate_hz);
  for (const datasets::DrawnEffects& drawn : raw.effects)
    if (const EffectOfClips sing = device_effect(drawn.type).sing; sing != nullptr)
      apply(sing, call_of(drawn, raw, augment), voices);
  auto clips = voices.narrow(0, 0, raw.own).clone();
  for (const datasets::DrawnEffects& drawn : raw.effects) {
    const EffectOfClips add = device_effect(drawn.type).add;
    const datasets::DrawnEffects own = of_first(drawn, raw.own);
    if (add == nullptr || own.clips.empty()) continue;
    EffectCall call = call_of(own, raw, augment);
    call.heard = heard_by(own, voices);
    apply(add, call, clips);
  }
  return clips;
}

}  // namespace melomine::embedding
