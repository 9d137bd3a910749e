#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "dsp/contour.h"
#include "dsp/midi.h"
#include "melody/melody_source.h"

namespace melomine::testing {

/// A random walk of notes, most of them joined, some behind a rest.
inline std::vector<dsp::Note> random_tune(uint64_t seed, int notes, double note_s = 0.4) {
  RandomStream random({seed, stream_id("tune")});
  std::vector<dsp::Note> tune;
  double at_s = random.uniform(0, 1), pitch = 60;
  for (int n = 0; n < notes; ++n) {
    const double length_s = note_s * random.uniform(0.5, 1.5);
    pitch = std::clamp(pitch + static_cast<double>(random.integer(11) - 5), 48.0, 72.0);
    tune.push_back({at_s, at_s + length_s, pitch, 0.8});
    at_s += length_s + (random.chance(0.15) ? random.uniform(0.1, 0.8) : 0);
  }
  return tune;
}

/// Notes of equal length, one after the other.
inline std::vector<dsp::Note> steady_tune(const std::vector<double>& pitches, double note_s) {
  std::vector<dsp::Note> tune;
  for (size_t n = 0; n < pitches.size(); ++n)
    tune.push_back({static_cast<double>(n) * note_s, static_cast<double>(n + 1) * note_s, pitches[n], 0.8});
  return tune;
}

inline std::vector<melody::Melody> random_melodies(int count, int notes) {
  std::vector<melody::Melody> melodies;
  melodies.reserve(static_cast<size_t>(count));
  for (int m = 0; m < count; ++m)
    melodies.push_back({"tune_" + std::to_string(m), random_tune(static_cast<uint64_t>(m), notes)});
  return melodies;
}

/// @param pitch  0 is a rest
inline dsp::Contour contour_with(const std::vector<float>& pitch, double hop_s = 0.1) {
  dsp::Contour contour{.hop_s = hop_s, .pitch_midi = pitch, .voiced = {}, .begins = {}};
  for (const float p : pitch) contour.voiced.push_back(p > 0 ? 1 : 0);
  contour.begins.assign(pitch.size(), 0);
  return contour;
}

/// A standard MIDI file of one track; notes to the next 1/960 s.
inline std::string midi_file(const std::vector<dsp::Note>& notes) {
  struct Event {
    int64_t tick = 0;
    bool begins = false;
    int key = 0;
  };
  std::vector<Event> events;
  for (const dsp::Note& note : notes) {
    const int key = static_cast<int>(std::lround(note.pitch_midi));
    events.push_back({std::llround(note.start_s * 960), true, key});
    events.push_back({std::llround(note.end_s * 960), false, key});
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::pair(a.tick, a.begins) < std::pair(b.tick, b.begins);
  });
  const auto number = [](int64_t value, int bytes) {
    std::string text;
    for (int b = bytes - 1; b >= 0; --b) text += static_cast<char>(value >> (8 * b) & 0xff);
    return text;
  };
  std::string track;
  int64_t at = 0;
  for (const Event& event : events) {
    const int64_t wait = event.tick - at;
    for (int shift = 21; shift > 0; shift -= 7)
      if (wait >> shift) track += static_cast<char>((wait >> shift & 0x7f) | 0x80);
    track += static_cast<char>(wait & 0x7f);
    track += std::string{static_cast<char>(event.begins ? 0x90 : 0x80), static_cast<char>(event.key), 90};
    at = event.tick;
  }
  track += std::string("\0\xff\x2f\0", 4);
  return "MThd" + number(6, 4) + number(0, 2) + number(1, 2) + number(480, 2) + "MTrk" +
         number(static_cast<int64_t>(track.size()), 4) + track;
}

}  // namespace melomine::testing
