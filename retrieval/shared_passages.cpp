#include "retrieval/shared_passages.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace melomine::retrieval {
namespace {

constexpr int kWidest = 18;  // semitones of a step; wider ones count as that
constexpr size_t kSteps = 2 * kWidest + 1;
/// Equal steps in a row by which passages are looked up.
constexpr size_t kSeed = 6;
/// In a copy so many steps are equal, and so many times to the next note agree.
constexpr double kEqualSteps = 0.96, kEqualGaps = 0.9;
/// By chance the times agree this often, once the tempos are made equal.
constexpr double kChanceGaps = 0.45;
/// Times agree within a factor of 2^0.35 = 1.27.
constexpr float kSameGap_octaves = 0.35f;
constexpr double kShortestGap_s = 0.02;

size_t index_of(int8_t step) {
  return static_cast<size_t>(step + kWidest);
}

uint64_t seed_at(const std::vector<int8_t>& steps, size_t first) {
  uint64_t key = 0;
  for (size_t i = first; i < first + kSeed; ++i) key = key * kSteps + index_of(steps[i]);
  return key;
}

}  // namespace

PassageTable::Line PassageTable::line_of(std::span<const dsp::Note> notes) {
  Line line;
  for (size_t i = 0; i < notes.size(); ++i) {
    line.starts_s.push_back(notes[i].start_s);
    if (i + 1 == notes.size()) break;
    const auto step = static_cast<int>(std::lround(notes[i + 1].pitch_midi - notes[i].pitch_midi));
    line.steps.push_back(static_cast<int8_t>(std::clamp(step, -kWidest, kWidest)));
    line.log_gaps.push_back(
        static_cast<float>(std::log2(std::max(kShortestGap_s, notes[i + 1].start_s - notes[i].start_s))));
  }
  return line;
}

void PassageTable::learn_steps() {
  std::vector<double> counts(kSteps * kSteps, 0.0), alone(kSteps, 1.0);
  double total = kSteps;
  for (const Line& line : lines_)
    for (size_t i = 0; i < line.steps.size(); ++i) {
      alone[index_of(line.steps[i])] += 1;
      total += 1;
      if (i > 0) counts[index_of(line.steps[i - 1]) * kSteps + index_of(line.steps[i])] += 1;
    }
  bits_of_step_.resize(counts.size());
  for (size_t before = 0; before < kSteps; ++before) {
    double row = 0;
    for (size_t step = 0; step < kSteps; ++step) row += counts[before * kSteps + step];
    // Seldom seen pairs are smoothed towards how frequent the step is.
    constexpr double kPrior = 20;
    for (size_t step = 0; step < kSteps; ++step) {
      const double p = (counts[before * kSteps + step] + kPrior * alone[step] / total) / (row + kPrior);
      bits_of_step_[before * kSteps + step] = static_cast<float>(std::log2(kEqualSteps / p));
    }
  }
}

PassageTable::PassageTable(const std::vector<std::span<const dsp::Note>>& melodies) {
  for (const auto& notes : melodies) lines_.push_back(line_of(notes));
  learn_steps();
  for (size_t m = 0; m < lines_.size(); ++m)
    for (size_t i = 0; i + kSeed <= lines_[m].steps.size(); ++i)
      places_[seed_at(lines_[m].steps, i)].push_back({static_cast<int32_t>(m), static_cast<int32_t>(i)});
}

SharedPassage PassageTable::best_on_diagonal(const Line& asked, const Line& known, int64_t diagonal) const {
  const auto first = static_cast<size_t>(std::max<int64_t>(0, -diagonal));
  const auto at = [&](size_t i) { return static_cast<size_t>(static_cast<int64_t>(i) + diagonal); };
  const size_t last = static_cast<size_t>(std::min(static_cast<int64_t>(asked.steps.size()),
                                                   static_cast<int64_t>(known.steps.size()) - diagonal));
  const double unequal = std::log2((1 - kEqualSteps) / 0.85);
  const double in_time = std::log2(kEqualGaps / kChanceGaps);
  const double out_of_time = std::log2((1 - kEqualGaps) / (1 - kChanceGaps));
  // The tempo: that of the longest run of equal steps.
  size_t run = 0, longest = 0, end_of_longest = first;
  for (size_t i = first; i < last; ++i) {
    run = asked.steps[i] == known.steps[at(i)] ? run + 1 : 0;
    if (run > longest) longest = run, end_of_longest = i + 1;
  }
  std::vector<float> ratios;
  for (size_t i = end_of_longest - longest; i < end_of_longest; ++i)
    ratios.push_back(asked.log_gaps[i] - known.log_gaps[at(i)]);
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2),
                   ratios.end());
  const float tempo = ratios[ratios.size() / 2];
  SharedPassage best;
  double sum = 0;
  for (size_t i = first, begin = first; i < last; ++i) {
    const size_t before = i > begin ? index_of(asked.steps[i - 1]) : index_of(0);
    sum += asked.steps[i] == known.steps[at(i)] ? bits_of_step_[before * kSteps + index_of(asked.steps[i])]
                                                : unequal;
    const float difference = asked.log_gaps[i] - known.log_gaps[at(i)] - tempo;
    sum += std::abs(difference) <= kSameGap_octaves ? in_time : out_of_time;
    if (sum <= 0) {
      sum = 0;
      begin = i + 1;
    } else if (sum > best.bits) {
      best.bits = sum;
      best.notes = static_cast<int64_t>(i - begin) + 2;
      best.start_s = asked.starts_s[begin];
      best.known_start_s = known.starts_s[at(begin)];
    }
  }
  return best;
}

std::vector<SharedPassage> PassageTable::find(std::span<const dsp::Note> melody,
                                              const PassageConfig& config) const {
  const Line asked = line_of(melody);
  std::set<std::pair<int32_t, int64_t>> diagonals;
  for (size_t i = 0; i + kSeed <= asked.steps.size(); ++i) {
    const auto found = places_.find(seed_at(asked.steps, i));
    if (found == places_.end()) continue;
    for (const Place& place : found->second)
      diagonals.emplace(place.melody, static_cast<int64_t>(place.step) - static_cast<int64_t>(i));
  }
  std::map<int32_t, SharedPassage> best;
  for (const auto& [m, diagonal] : diagonals) {
    const Line& known = lines_[static_cast<size_t>(m)];
    SharedPassage passage = best_on_diagonal(asked, known, diagonal);
    if (passage.bits < config.min_bits || passage.notes < config.min_notes || passage.bits <= best[m].bits)
      continue;
    passage.melody = m;
    passage.share = static_cast<double>(passage.notes) /
                    static_cast<double>(std::min(asked.starts_s.size(), known.starts_s.size()));
    best[m] = passage;
  }
  std::vector<SharedPassage> all;
  for (const auto& [m, passage] : best)
    if (passage.bits > 0) all.push_back(passage);
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.bits > b.bits; });
  return all;
}

}  // namespace melomine::retrieval
