#include "embedding/device_shape.h"

#include <algorithm>
#include <iterator>

#include "dsp/sinc_resample.h"
#include "dsp/time_stretch.h"
#include "embedding/device_wsola.h"

namespace melomine::embedding {
namespace {

/// Values that a resampling gathers at once.
constexpr int64_t kGathered = int64_t{1} << 26;

torch::Tensor on_device(const std::vector<int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kInt64).to(device);
}
torch::Tensor on_device(const std::vector<double>& values, torch::Device device) {
  return torch::tensor(values, torch::kFloat64).to(device);
}

/// The taps of each signal's kernel between two samples, zeros around those of a narrower one.
/// @returns float32 [n, phases + 1, 2 * half], `half` the greatest
torch::Tensor sinc_taps(const std::vector<double>& steps, torch::Device device) {
  std::vector<double> cutoffs, halves;
  for (const double step : steps) {
    const dsp::SincShape shape = dsp::sinc_shape(step);
    cutoffs.push_back(shape.cutoff);
    halves.push_back(static_cast<double>(shape.half));
  }
  const dsp::SincShape widest = dsp::sinc_shape(std::ranges::max(steps));
  const auto options = torch::TensorOptions(torch::kFloat64).device(device);
  const auto phase = torch::arange(widest.phases + 1, options).div(static_cast<double>(widest.phases));
  const auto offset = torch::arange(1 - widest.half, widest.half + 1, options);
  const auto distance = offset - phase.unsqueeze(1);
  const auto cutoff = on_device(cutoffs, device).view({-1, 1, 1});
  const auto half = on_device(halves, device).view({-1, 1, 1});
  const auto own = (offset > -half) & (offset <= half);
  const auto place = (distance / half).clamp(-1, 1);
  const auto window = torch::special::i0((1 - place.square()).sqrt() * widest.beta);
  const auto taps = window * torch::sinc(distance * cutoff) * own;
  return (taps / taps.sum(2, /*keepdim=*/true)).to(torch::kFloat32).contiguous();
}

/// Where in each stretched clip lies what the cuts leave. @returns [clips, target_samples] int64
torch::Tensor places_left(const std::vector<datasets::ClipShape>& shapes, int64_t target_samples,
                          torch::Device device) {
  std::vector<int64_t> at, skipped;
  for (size_t i = 0; i < shapes.size(); ++i)
    for (const datasets::Cut& cut : shapes[i].cuts) {
      at.push_back(static_cast<int64_t>(i) * target_samples + datasets::cut_place(cut, target_samples));
      skipped.push_back(cut.samples);
    }
  const auto clips = static_cast<int64_t>(shapes.size());
  auto steps = torch::ones({clips * target_samples}, torch::TensorOptions(torch::kInt64).device(device));
  steps.view({clips, target_samples}).select(1, 0).zero_();
  if (!at.empty()) steps.index_add_(0, on_device(at, device), on_device(skipped, device));
  return steps.view({clips, target_samples}).cumsum(1);
}

/// Those of the clips that `wanted` says.
template <class Wanted>
std::vector<int64_t> clips_with(const std::vector<dsp::StretchPlan>& plans, Wanted wanted) {
  std::vector<int64_t> found;
  for (size_t i = 0; i < plans.size(); ++i)
    if (wanted(plans[i])) found.push_back(static_cast<int64_t>(i));
  return found;
}

/// The clips after WSOLA, zeros behind each. @param all_lengths  of the clips before
torch::Tensor stretched(const torch::Tensor& sources, const std::vector<int64_t>& all_lengths,
                        const std::vector<dsp::StretchPlan>& plans, int sample_rate_hz) {
  const auto rows = clips_with(plans, [](const dsp::StretchPlan& plan) { return plan.tempo != 1; });
  if (rows.empty()) return sources;
  std::vector<int64_t> lengths, counts;
  std::vector<double> tempos;
  for (const int64_t row : rows) {
    const auto i = static_cast<size_t>(row);
    lengths.push_back(all_lengths[i]);
    counts.push_back(plans[i].stretched);
    tempos.push_back(plans[i].tempo);
  }
  const auto at = on_device(rows, sources.device());
  const DeviceWsola wsola(sources.index_select(0, at), lengths, sample_rate_hz);
  const auto made = wsola.overlap_add(wsola.places(tempos, counts), counts);
  const int64_t width = std::max(sources.size(1), made.size(1));
  auto all = torch::constant_pad_nd(sources, {0, width - sources.size(1)});
  return all.index_copy(0, at, torch::constant_pad_nd(made, {0, width - made.size(1)}));
}

}  // namespace

torch::Tensor device_resample(const torch::Tensor& signals, const torch::Tensor& places,
                              const std::vector<double>& steps) {
  const torch::NoGradGuard no_graph;
  const auto device = signals.device();
  const auto taps = sinc_taps(steps, device);
  const int64_t phases = taps.size(1) - 1, width = taps.size(2), half = width / 2;
  const int64_t rows = signals.size(0), count = places.size(1);
  const auto padded = torch::constant_pad_nd(signals, {half, 2 * half});
  const auto at = places.to(torch::kFloat64) * on_device(steps, device).unsqueeze(1);
  const auto whole = at.floor().clamp_max_(static_cast<double>(signals.size(1) + half - 1));
  const auto phase = ((at - whole) * static_cast<double>(phases)).clamp_max_(static_cast<double>(phases));
  const auto row = torch::arange(rows, places.options()).unsqueeze(1);
  const auto first = whole.to(torch::kInt64) + 1 + row * padded.size(1);
  const auto lower = phase.floor().clamp_max_(static_cast<double>(phases - 1));
  const auto tap = lower.to(torch::kInt64) + row * (phases + 1);
  const auto share = (phase - lower).to(torch::kFloat32).unsqueeze(2);
  const auto around = padded.flatten().unfold(0, width, 1);
  const auto table = taps.flatten(0, 1);
  auto out = torch::empty({rows, count}, signals.options());
  const int64_t rows_at_once = std::max<int64_t>(1, kGathered / std::max<int64_t>(1, count * width));
  for (int64_t begin = 0; begin < rows; begin += rows_at_once) {
    const int64_t some = std::min(rows_at_once, rows - begin);
    const auto part = [&](const torch::Tensor& all) { return all.narrow(0, begin, some); };
    const auto weights = torch::lerp(table.index({part(tap)}), table.index({part(tap) + 1}), part(share));
    part(out).copy_((around.index({part(first)}) * weights).sum(2));
  }
  return out;
}

torch::Tensor device_reshape(const torch::Tensor& sources, const std::vector<datasets::ClipShape>& shapes,
                             int64_t target_samples, int sample_rate_hz) {
  const torch::NoGradGuard no_graph;
  std::vector<dsp::StretchPlan> plans;
  std::vector<int64_t> lengths;
  for (const datasets::ClipShape& shape : shapes) {
    lengths.push_back(datasets::source_samples(shape, target_samples));
    plans.push_back(dsp::plan_stretch(lengths.back(), shape.rate, shape.semitones, sample_rate_hz));
  }
  const auto clips = stretched(sources, lengths, plans, sample_rate_hz);
  const auto places = places_left(shapes, target_samples, sources.device());
  auto out = clips.gather(1, places.clamp_max(clips.size(1) - 1));
  const auto rows = clips_with(plans, [](const dsp::StretchPlan& plan) { return plan.speed != 1; });
  if (rows.empty()) return out;
  std::vector<double> steps;
  for (const int64_t row : rows) steps.push_back(plans[static_cast<size_t>(row)].speed);
  const auto at = on_device(rows, sources.device());
  return out.index_copy_(0, at,
                         device_resample(clips.index_select(0, at), places.index_select(0, at), steps));
}

}  // namespace melomine::embedding
