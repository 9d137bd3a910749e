#include "mining/cuts.h"

#include <algorithm>
#include <deque>
#include <limits>

namespace melomine::mining {

std::vector<dsp::SampleInterval> bridge_pauses(std::span<const dsp::SampleInterval> stretches,
                                               double pause_samples, double max_samples) {
  std::vector<dsp::SampleInterval> merged;
  for (const dsp::SampleInterval& next : stretches) {
    if (!merged.empty() && static_cast<double>(next.start - merged.back().end) < pause_samples &&
        static_cast<double>(next.end - merged.back().start) <= max_samples)
      merged.back().end = next.end;
    else
      merged.push_back(next);
  }
  return merged;
}

std::vector<dsp::SampleInterval> cut_at_quiet_frames(const dsp::SampleInterval& stretch,
                                                     std::span<const float> rms, int64_t hop_samples,
                                                     const LengthRange& lengths) {
  constexpr double kUnreachable = std::numeric_limits<double>::infinity();
  struct Cut {
    int64_t sample;
    double cost;    ///< least sum of rms over the cuts up to and with this one
    size_t before;  ///< the cut before it
  };
  std::vector<Cut> places{{stretch.start, 0, 0}};
  for (int64_t frame = stretch.start / hop_samples + 1; frame * hop_samples < stretch.end; ++frame)
    places.push_back({frame * hop_samples, kUnreachable, 0});
  places.push_back({stretch.end, kUnreachable, 0});

  // The allowed cuts before a place are a window that moves on with it; its minimum comes from a monotone
  // queue.
  std::deque<size_t> window;
  size_t entering = 0;
  for (size_t p = 1; p < places.size(); ++p) {
    Cut& place = places[p];
    const auto length = [&](size_t from) { return static_cast<double>(place.sample - places[from].sample); };
    for (; length(entering) > lengths.min_samples; ++entering) {
      if (places[entering].cost == kUnreachable) continue;
      while (!window.empty() && places[window.back()].cost > places[entering].cost) window.pop_back();
      window.push_back(entering);
    }
    while (!window.empty() && length(window.front()) >= lengths.max_samples) window.pop_front();
    if (window.empty()) continue;
    place.before = window.front();
    const bool is_cut = p + 1 < places.size();
    const auto frame = static_cast<size_t>(place.sample / hop_samples);
    place.cost = places[place.before].cost + (is_cut ? static_cast<double>(rms[frame]) : 0);
  }
  if (places.back().cost == kUnreachable) return {};
  std::vector<dsp::SampleInterval> pieces;
  for (size_t p = places.size() - 1; p > 0; p = places[p].before)
    pieces.push_back({places[places[p].before].sample, places[p].sample});
  std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

}  // namespace melomine::mining
