#include "embedding/device_wsola.h"

#include <algorithm>

namespace melomine::embedding {
namespace {

/// Energy of the `width` samples from each one on, zeros behind the end. [n, L] → float64 [n, L]
torch::Tensor energies(const torch::Tensor& signals, int64_t width) {
  const auto sums = torch::constant_pad_nd(signals.to(torch::kFloat64).square().cumsum(1), {1, 0});
  const int64_t samples = signals.size(1);
  auto found = torch::zeros_like(signals, torch::kFloat64);
  const int64_t whole = samples - width + 1;
  found.narrow(1, 0, whole) = sums.narrow(1, width, whole) - sums.narrow(1, 0, whole);
  return found;
}

/// All stretches of `width` values, as a view. [N] → [N - width + 1, width]
torch::Tensor windows(const torch::Tensor& flat, int64_t width) {
  return flat.unfold(0, width, 1);
}

/// Σ_j parts[n, lag + j] · pattern[n, j] → [n, lags]
torch::Tensor correlations(const torch::Tensor& parts, const torch::Tensor& pattern) {
  return torch::bmm(parts.unfold(1, pattern.size(1), 1), pattern.unsqueeze(2)).squeeze(2);
}

}  // namespace

DeviceWsola::DeviceWsola(const torch::Tensor& signals, const std::vector<int64_t>& lengths,
                         int sample_rate_hz)
    : grid_(dsp::wsola_grid(sample_rate_hz)), lengths_(lengths) {
  const torch::NoGradGuard no_graph;
  const int64_t count = signals.size(0), decimation = grid_.decimation;
  // Room for the furthest window of a search; whole coarse samples.
  int64_t row = signals.size(1) + 2 * grid_.before + grid_.exact_lags();
  row = (row + decimation - 1) / decimation * decimation;
  const auto padded = torch::constant_pad_nd(signals, {grid_.before, row - grid_.before - signals.size(1)});
  const auto coarse = padded.view({count, row / decimation, decimation}).sum(2);
  const auto coarse_energy = energies(coarse, grid_.overlap / decimation);
  coarse_norm_ =
      coarse_energy.rsqrt().masked_fill_(coarse_energy < dsp::kWsolaSilence, 0).flatten().contiguous();
  exact_norm_ = energies(padded, grid_.overlap).clamp_min_(dsp::kWsolaSilence).rsqrt_().flatten();
  flat_ = padded.flatten();
  coarse_ = coarse.flatten();
  first_ =
      torch::arange(count, torch::TensorOptions(torch::kInt64).device(signals.device())) * row + grid_.before;
  std::vector<int64_t> last;
  for (const int64_t length : lengths_) last.push_back(grid_.last_place(length));
  last_ = first_ + torch::tensor(last, torch::kInt64).to(signals.device());
}

torch::Tensor DeviceWsola::places(const std::vector<double>& tempos,
                                  const std::vector<int64_t>& counts) const {
  const torch::NoGradGuard no_graph;
  const int64_t signals = first_.size(0), overlap = grid_.overlap, decimation = grid_.decimation;
  const int64_t segments = (std::ranges::max(counts) + overlap - 1) / overlap;
  // Where the search lies does not depend on what it finds: its places and norms are gathered at once.
  auto wanted = torch::empty({segments, signals}, torch::kInt64);
  for (int64_t k = 0; k < segments; ++k)
    for (int64_t i = 0; i < signals; ++i)
      wanted.data_ptr<int64_t>()[k * signals + i] =
          grid_.wanted_place(k * overlap, tempos[static_cast<size_t>(i)], lengths_[static_cast<size_t>(i)]);
  wanted = wanted.to(flat_.device()) + first_;
  const int64_t lags = grid_.coarse_lags(), coarse_width = overlap / decimation;
  const auto first = torch::floor_divide(wanted - grid_.tolerance, decimation);
  const auto searched = windows(coarse_, lags + coarse_width - 1).index({first});
  const auto norms = windows(coarse_norm_, lags).index({first});
  const auto base = first * decimation - grid_.exact_reach;

  const auto coarse_patterns = windows(coarse_, coarse_width), patterns = windows(flat_, overlap);
  const auto nearby = windows(flat_, overlap + grid_.exact_lags() - 1);
  const auto exact_norms = windows(exact_norm_, grid_.exact_lags());
  std::vector<torch::Tensor> found{first_};
  for (int64_t k = 1; k < segments; ++k) {
    const auto from = torch::minimum(found.back() + overlap, last_);
    const auto pattern = coarse_patterns.index({torch::floor_divide(from, decimation)});
    const auto [alike, lag] = (correlations(searched[k], pattern) * norms[k]).max(1);
    const auto begin = torch::add(base[k], lag, decimation);
    const auto scores = correlations(nearby.index({begin}), patterns.index({from}));
    const auto [exactly, shift] = (scores * exact_norms.index({begin})).max(1);
    const auto best = begin + shift.masked_fill(exactly <= 0, grid_.exact_reach);
    found.push_back(torch::where(alike > 0, best, wanted[k]));
  }
  return torch::stack(found, 1) - first_.unsqueeze(1);
}

torch::Tensor DeviceWsola::overlap_add(const torch::Tensor& places,
                                       const std::vector<int64_t>& counts) const {
  const torch::NoGradGuard no_graph;
  const int64_t segments = places.size(1), longest = std::ranges::max(counts);
  const auto begins = places + first_.unsqueeze(1);
  const auto segment = windows(flat_, grid_.overlap);
  const auto first = segment.index({begins.narrow(1, 0, 1)});
  const auto from = torch::minimum(begins.narrow(1, 0, segments - 1) + grid_.overlap, last_.unsqueeze(1));
  const auto fading = segment.index({from}), rising = segment.index({begins.narrow(1, 1, segments - 1)});
  const auto fade_in = torch::tensor(dsp::wsola_fade(grid_)).to(flat_.device());
  const auto joined = torch::cat({first, fading + fade_in * (rising - fading)}, 1).flatten(1);
  const auto ends = torch::tensor(counts, torch::kInt64).to(flat_.device()).unsqueeze(1);
  const auto moments = torch::arange(longest, ends.options());
  return joined.narrow(1, 0, longest) * (moments < ends);
}

}  // namespace melomine::embedding
