#include "synth/discrete_tones.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <numbers>

#include "core/error.h"

namespace melomine::synth {
namespace {

/// Costs of a frame. A pitch this many semitones or more off costs as much as a rest where something is sung.
constexpr double kFarthest = 1.5;
/// Of a frame without a voice within a tone: a gap of three quarters of a shortest tone parts two equal ones.
constexpr double kUnvoicedTone = 2;

/// 0 where unvoiced.
std::vector<double> pitches_of(const dsp::F0Track& track) {
  std::vector<double> pitches(track.f0_hz.size(), 0);
  for (size_t t = 0; t < pitches.size(); ++t)
    if (track.f0_hz[t] > 0) pitches[t] = 69 + 12 * std::log2(static_cast<double>(track.f0_hz[t]) / 440);
  return pitches;
}

/// The states of the search: a rest, and the semitones that the track reaches.
struct Grid {
  double lowest = 0;  // pitch of state 1
  int states = 1;

  double pitch(int state) const { return lowest + state - 1; }
  double cost(int state, double pitch_midi) const {
    if (state == 0) return pitch_midi > 0 ? kFarthest : 0;
    if (pitch_midi <= 0) return kUnvoicedTone;
    return std::min(kFarthest, std::abs(pitch_midi - pitch(state)));
  }
};

Grid grid_of(const std::vector<double>& pitches, double tuning) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double p : pitches) {
    if (p <= 0) continue;
    low = std::min(low, p);
    high = std::max(high, p);
  }
  Grid grid;
  if (high < low) return grid;
  grid.lowest = std::floor(low - tuning) + tuning;
  grid.states = 1 + static_cast<int>(std::ceil(high - grid.lowest)) + 1;
  return grid;
}

/// The cheapest state of each frame.
std::vector<int> cheapest_path(const std::vector<double>& pitches, const Grid& grid, double change) {
  const auto states = static_cast<size_t>(grid.states);
  std::vector<double> cost(states, change);
  cost[0] = 0;  // before the track there is a rest
  std::vector<int16_t> from(pitches.size() * states);
  for (size_t t = 0; t < pitches.size(); ++t) {
    const auto best = static_cast<size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
    const double changed = cost[best] + change;
    for (size_t s = 0; s < states; ++s) {
      const bool stays = cost[s] <= changed;
      from[t * states + s] = static_cast<int16_t>(stays ? s : best);
      cost[s] = std::min(cost[s], changed) + grid.cost(static_cast<int>(s), pitches[t]);
    }
  }
  cost[0] -= change;  // behind it as well
  std::vector<int> path(pitches.size());
  auto state = static_cast<size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
  for (size_t t = path.size(); t-- > 0;) {
    path[t] = static_cast<int>(state);
    state = static_cast<size_t>(from[t * states + state]);
  }
  return path;
}

}  // namespace

void bind(configs::Binder& b, ToneConfig& c) {
  b.number("shortest_tone_s", c.shortest_tone_s, configs::above(0),
           "what is shorter is no tone of its own, s");
}

double tuning_cents(const dsp::F0Track& track) {
  std::complex<double> sum = 0;
  for (const double p : pitches_of(track))
    if (p > 0) sum += std::polar(1.0, 2 * std::numbers::pi * p);
  const double turn = std::arg(sum) / (2 * std::numbers::pi);  // (-0.5, 0.5]
  return std::abs(sum) == 0 ? 0 : 100 * (turn >= 0.5 ? turn - 1 : turn);
}

std::vector<dsp::Note> discrete_tones(const dsp::F0Track& track, const ToneConfig& config) {
  if (!(track.hop_s > 0)) throw ConfigError(fmt::format("[tones] hop_s must be > 0, got {}", track.hop_s));
  const std::vector<double> pitches = pitches_of(track);
  const Grid grid = grid_of(pitches, tuning_cents(track) / 100);
  // A tone between two rests costs two changes and spares kFarthest a frame.
  const double change = std::max(kFarthest, 0.5 * kFarthest * config.shortest_tone_s / track.hop_s);
  const std::vector<int> path = cheapest_path(pitches, grid, change);
  std::vector<dsp::Note> notes;
  for (size_t first = 0; first < path.size();) {
    size_t last = first;
    while (last + 1 < path.size() && path[last + 1] == path[first]) ++last;
    if (path[first] > 0)
      notes.push_back({std::max(0.0, (static_cast<double>(first) - 0.5) * track.hop_s),
                       (static_cast<double>(last) + 0.5) * track.hop_s, grid.pitch(path[first]), 0.8});
    first = last + 1;
  }
  return notes;
}

}  // namespace melomine::synth
