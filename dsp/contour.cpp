#include "dsp/contour.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace melomine::dsp {
namespace {

float median_of(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5f * (*middle + *std::max_element(values.begin(), middle));
}

float midi_of(float f0_hz) {
  return 69 + 12 * std::log2(f0_hz / 440);
}

/// A rest takes the pitch before it, the first rest the pitch behind it.
void hold_pitch(Contour& contour) {
  const auto first = std::find(contour.voiced.begin(), contour.voiced.end(), uint8_t{1});
  if (first == contour.voiced.end()) return;
  float held = contour.pitch_midi[static_cast<size_t>(first - contour.voiced.begin())];
  for (size_t t = 0; t < contour.voiced.size(); ++t) {
    if (contour.voiced[t] != 0) held = contour.pitch_midi[t];
    contour.pitch_midi[t] = held;
  }
}

void remove_rests(Contour& contour) {
  size_t kept = 0;
  uint8_t begun = 0;
  for (size_t t = 0; t < contour.voiced.size(); ++t) {
    begun |= contour.begun(t);
    if (contour.voiced[t] == 0) continue;
    contour.pitch_midi[kept] = contour.pitch_midi[t];
    if (!contour.begins.empty()) contour.begins[kept] = std::exchange(begun, uint8_t{0});
    ++kept;
  }
  contour.pitch_midi.resize(kept);
  contour.begins.resize(std::min(kept, contour.begins.size()));
  contour.voiced.assign(kept, 1);
}

/// [L] where the voice comes back after a gap that is not the tracker's.
std::vector<uint8_t> voice_onsets(const F0Track& track) {
  const auto shortest = std::max<int64_t>(1, std::llround(kShortestGap_s / track.hop_s));
  std::vector<uint8_t> onsets(track.f0_hz.size());
  int64_t unvoiced = shortest;
  for (size_t i = 0; i < onsets.size(); ++i) {
    const bool voiced = track.f0_hz[i] > 0;
    onsets[i] = voiced && unvoiced >= shortest;
    unvoiced = voiced ? 0 : unvoiced + 1;
  }
  return onsets;
}

/// The part of [first, first + frames) that lies in the contour.
std::pair<int64_t, int64_t> inside(const Contour& contour, int64_t first, int64_t frames) {
  const int64_t begin = std::clamp<int64_t>(first, 0, contour.frames());
  return {begin, std::clamp(first + frames, begin, contour.frames())};
}

}  // namespace

void bind(configs::Binder& b, ContourView& c) {
  b.enumeration("rests", c.rests,
                {{"keep", Rests::kKeep}, {"hold", Rests::kHold}, {"remove", Rests::kRemove}},
                "frames in which nothing is sung: kept; hold the pitch before them; removed");
  b.enumeration(
      "origin", c.origin, {{"median", PitchOrigin::kMedian}, {"fixed", PitchOrigin::kFixed}},
      "what pitches are counted from: the window's median, so that the key does not matter; one pitch");
  b.number("origin_midi", c.origin_midi, configs::between(0, 127), "of origin: fixed, MIDI pitch");
  b.number("scale_semitones", c.scale_semitones, configs::above(0), "semitones that the encoder sees as 1");
  b.boolean("beginnings", c.beginnings, "the encoder sees where notes begin");
}

Contour contour_of(const F0Track& track, double hop_s) {
  if (hop_s < track.hop_s * (1 - 1e-9)) throw ConfigError("[contour] hop_s is below the hop of the f0 track");
  Contour contour{.hop_s = hop_s, .pitch_midi = {}, .voiced = {}, .begins = {}};
  const double ratio = hop_s / track.hop_s;
  const auto total = static_cast<int64_t>(track.f0_hz.size());
  const std::vector<uint8_t> onsets = voice_onsets(track);
  std::vector<float> voiced;
  uint8_t begun = 0;
  for (int64_t t = 0;; ++t) {
    const auto begin = static_cast<int64_t>(std::llround(static_cast<double>(t) * ratio));
    const auto end = static_cast<int64_t>(std::llround(static_cast<double>(t + 1) * ratio));
    if (begin >= total) break;
    voiced.clear();
    for (int64_t i = begin; i < std::min(end, total); ++i) {
      const float f0_hz = track.f0_hz[static_cast<size_t>(i)];
      if (f0_hz > 0) voiced.push_back(midi_of(f0_hz));
      begun |= onsets[static_cast<size_t>(i)];
    }
    const bool sung = !voiced.empty() && 2 * static_cast<int64_t>(voiced.size()) >= end - begin;
    contour.pitch_midi.push_back(sung ? median_of(voiced) : 0);
    contour.voiced.push_back(sung ? 1 : 0);
    contour.begins.push_back(sung ? std::exchange(begun, uint8_t{0}) : uint8_t{0});
  }
  return contour;
}

Contour contour_of(std::span<const Note> notes, double hop_s) {
  if (!(hop_s > 0)) throw ConfigError("[contour] hop_s must be above 0");
  Contour contour{.hop_s = hop_s, .pitch_midi = {}, .voiced = {}, .begins = {}};
  double end_s = 0;
  for (const Note& note : notes) end_s = std::max(end_s, note.end_s);
  const auto frames = static_cast<size_t>(std::llround(end_s / hop_s));
  contour.pitch_midi.assign(frames, 0);
  contour.voiced.assign(frames, 0);
  contour.begins.assign(frames, 0);
  for (const Note& note : notes) {
    // Centres (t + 1/2) hop in [start, end).
    const auto begin = static_cast<int64_t>(std::ceil(std::max(0.0, note.start_s / hop_s - 0.5)));
    const auto end =
        std::min(static_cast<int64_t>(frames), static_cast<int64_t>(std::ceil(note.end_s / hop_s - 0.5)));
    if (begin < end) contour.begins[static_cast<size_t>(begin)] = 1;
    for (int64_t t = begin; t < end; ++t) {
      float& pitch = contour.pitch_midi[static_cast<size_t>(t)];
      pitch = std::max(pitch, static_cast<float>(note.pitch_midi));
      contour.voiced[static_cast<size_t>(t)] = 1;
    }
  }
  return contour;
}

Contour with_rests(Contour contour, Rests rests) {
  if (rests == Rests::kHold) hold_pitch(contour);
  if (rests == Rests::kRemove) remove_rests(contour);
  return contour;
}

Contour stretched(const Contour& contour, double tempo_ratio) {
  if (tempo_ratio == 1.0 || contour.frames() == 0) return contour;
  const int64_t frames =
      std::max<int64_t>(1, std::llround(static_cast<double>(contour.frames()) / tempo_ratio));
  Contour result{.hop_s = contour.hop_s, .pitch_midi = {}, .voiced = {}, .begins = {}};
  int64_t seen = 0;
  for (int64_t t = 0; t < frames; ++t) {
    const auto from =
        std::min(static_cast<int64_t>((static_cast<double>(t) + 0.5) * tempo_ratio), contour.frames() - 1);
    result.pitch_midi.push_back(contour.pitch_midi[static_cast<size_t>(from)]);
    result.voiced.push_back(contour.voiced[static_cast<size_t>(from)]);
    uint8_t begun = 0;
    for (; seen <= from; ++seen) begun |= contour.begun(static_cast<size_t>(seen));
    result.begins.push_back(begun);
  }
  return result;
}

void draw_contour(const Contour& contour, int64_t first, int64_t frames, const ContourView& view,
                  std::span<float> image) {
  std::fill(image.begin(), image.end(), 0.0f);
  const auto [begin, end] = inside(contour, first, frames);
  float origin = static_cast<float>(view.origin_midi);
  if (view.origin == PitchOrigin::kMedian) {
    std::vector<float> sung;
    for (int64_t t = begin; t < end; ++t)
      if (contour.voiced[static_cast<size_t>(t)] != 0)
        sung.push_back(contour.pitch_midi[static_cast<size_t>(t)]);
    if (!sung.empty()) origin = median_of(sung);
  }
  for (int64_t t = begin; t < end; ++t) {
    const float pitch = contour.pitch_midi[static_cast<size_t>(t)];
    const auto at = static_cast<size_t>(t - first);
    if (pitch > 0) image[at] = (pitch - origin) / static_cast<float>(view.scale_semitones);
    float& voicing = image[static_cast<size_t>(frames) + at];
    voicing = contour.voiced[static_cast<size_t>(t)];
    if (view.beginnings && voicing > 0) voicing += contour.begun(static_cast<size_t>(t));
  }
}

double voiced_share(const Contour& contour, int64_t first, int64_t frames) {
  const auto [begin, end] = inside(contour, first, frames);
  const auto sung = std::count(contour.voiced.begin() + begin, contour.voiced.begin() + end, uint8_t{1});
  return frames > 0 ? static_cast<double>(sung) / static_cast<double>(frames) : 0;
}

}  // namespace melomine::dsp
