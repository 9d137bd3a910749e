#include "library/agreeing_steps.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace melomine::library {
namespace {

/// Steps of the song that say how alike any step of it is.
constexpr int64_t kBackgroundSteps = 64;
/// Standard deviations that a step of another song reaches now and then.
constexpr double kChance = 1;
/// Below this all steps of a song are alike to a query's, and none of them tells anything.
constexpr double kLeastDeviation = 1e-4;

double product(std::span<const float> a, const int16_t* b) {
  double sum = 0;
  for (size_t d = 0; d < a.size(); ++d) sum += static_cast<double>(a[d]) * b[d];
  return sum / retrieval::kFixedOne;
}

/// How much a step agrees; 0 where it has nothing under it.
double agreement(std::span<const float> row, retrieval::FixedView song, int64_t under, int64_t drift_steps) {
  const int64_t first = std::max<int64_t>(0, under - drift_steps),
                last = std::min(song.steps, under + drift_steps + 1);
  if (first >= last) return -kChance;
  double best = -1;
  for (int64_t t = first; t < last; ++t) best = std::max(best, product(row, song.row(t)));
  const int64_t every = std::max<int64_t>(1, song.steps / kBackgroundSteps);
  double sum = 0, square = 0, count = 0;
  for (int64_t t = 0; t < song.steps; t += every) {
    const double p = product(row, song.row(t));
    sum += p;
    square += p * p;
    ++count;
  }
  const double mean = sum / count, deviation = std::sqrt(std::max(0.0, square / count - mean * mean));
  return deviation < kLeastDeviation ? 0 : (best - mean) / deviation - kChance;
}

}  // namespace

StepRange agreeing_steps(const retrieval::FingerprintSequence& query, retrieval::FixedView song, int64_t lag,
                         int64_t drift_steps) {
  StepRange best, run;
  double best_sum = 0, sum = 0;
  for (int64_t t = 0; t < query.steps; ++t) {
    const bool counts = query.voiced.empty() || query.voiced[static_cast<size_t>(t)] != 0;
    sum += counts ? agreement(query.row(t), song, t + lag, drift_steps) : 0;
    if (sum <= 0) {
      sum = 0;
      run.first = t + 1;
    }
    run.last = t + 1;
    if (sum > best_sum) {
      best_sum = sum;
      best = run;
    }
  }
  return best;
}

}  // namespace melomine::library
