#include "library/stream_window.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "library/song_clock.h"

namespace melomine::library {
namespace {

using retrieval::FingerprintSequence;

/// Steps [first, last).
FingerprintSequence steps_of(const FingerprintSequence& all, int64_t first, int64_t last) {
  FingerprintSequence some{.steps = last - first, .dim = all.dim, .hop_s = all.hop_s, .values = {}};
  some.first_center_s = all.first_center_s;
  some.values.assign(all.values.begin() + first * all.dim, all.values.begin() + last * all.dim);
  if (!all.voiced.empty()) some.voiced.assign(all.voiced.begin() + first, all.voiced.begin() + last);
  return some;
}

/// Steps whose windows lie in what is heard from a time to another, at least one.
FingerprintSequence steps_between(const FingerprintSequence& all, double from_s, double to_s,
                                  const ModelRecord& model) {
  const auto first =
      std::clamp<int64_t>(std::llround(from_s / model.hop_s), 0, std::max<int64_t>(0, all.steps - 1));
  const int64_t last = std::llround((to_s - model.window_s) / model.hop_s) + 1;
  return steps_of(all, first, std::clamp(last, first + 1, all.steps));
}

dsp::Contour frames_of(const dsp::Contour& all, int64_t first, int64_t last) {
  dsp::Contour some{.hop_s = all.hop_s, .pitch_midi = {}, .voiced = {}, .begins = {}};
  last = std::min(last, all.frames());
  first = std::min(first, last);
  some.pitch_midi.assign(all.pitch_midi.begin() + first, all.pitch_midi.begin() + last);
  some.voiced.assign(all.voiced.begin() + first, all.voiced.begin() + last);
  if (!all.begins.empty()) some.begins.assign(all.begins.begin() + first, all.begins.begin() + last);
  return some;
}

}  // namespace

std::optional<Query> cut_window(const Block& block, const StreamWindow& window, const ModelRecord& model,
                                double least_sounding_s) {
  const Query& heard = block.heard;
  const double hop_s = heard.contour.hop_s;
  const auto frames = static_cast<int64_t>(block.sounding.size());
  int64_t first = std::clamp<int64_t>(std::llround(window.start_s / hop_s), 0, frames);
  int64_t last = std::clamp<int64_t>(std::llround(window.end_s / hop_s), first, frames);
  const auto sounds = [&](int64_t frame) { return block.sounding[static_cast<size_t>(frame)] != 0; };
  while (first < last && !sounds(first)) ++first;
  while (first < last && !sounds(last - 1)) --last;
  const auto sounding = std::count_if(block.sounding.begin() + first, block.sounding.begin() + last,
                                      [](uint8_t s) { return s; });
  if (heard.variants.empty() || sounding == 0 || static_cast<double>(sounding) * hop_s < least_sounding_s)
    return std::nullopt;
  Query query{.tempo_ratios = heard.tempo_ratios,
              .variants = {},
              .contour = frames_of(heard.contour, first, last),
              .start_s = static_cast<double>(first) * hop_s,
              .duration_s = static_cast<double>(last - first) * hop_s};
  const SongClock clock(heard.contour.pitch_midi, hop_s, model.sung_time);
  const double from_s = clock.heard_before(query.start_s),
               to_s = clock.heard_before(query.start_s + query.duration_s);
  for (size_t v = 0; v < heard.variants.size(); ++v)
    query.variants.push_back(steps_between(heard.variants[v], from_s / heard.tempo_ratios[v],
                                           to_s / heard.tempo_ratios[v], model));
  return query;
}

}  // namespace melomine::library
