#include "dsp/wsola.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp/short_correlation.h"

namespace melomine::dsp {
namespace {

constexpr double kOverlapS = 0.020;
constexpr double kToleranceS = 0.008;  // with the overlap: a period of 62 Hz
constexpr double kCoarseRateHz = 4000;

class Wsola {
 public:
  Wsola(std::span<const float> samples, const WsolaGrid& grid)
      : grid_(grid),
        size_(static_cast<int64_t>(samples.size())),
        signal_(static_cast<size_t>(size_ + 2 * grid.before + kLagGroup * grid.decimation)),
        scores_(static_cast<size_t>(padded_lags(2 * grid.tolerance + 1))) {
    std::copy(samples.begin(), samples.end(), signal_.begin() + grid_.before);
    coarse_.resize(signal_.size() / static_cast<size_t>(grid_.decimation));
    for (size_t i = 0; i < coarse_.size(); ++i) {
      const float* group = signal_.data() + i * static_cast<size_t>(grid_.decimation);
      for (int64_t k = 0; k < grid_.decimation; ++k) coarse_[i] += group[k];
    }
    coarse_energy_.resize(coarse_.size() + 1);
    for (size_t i = 0; i < coarse_.size(); ++i)
      coarse_energy_[i + 1] = coarse_energy_[i] + static_cast<double>(coarse_[i]) * coarse_[i];
  }

  std::vector<int64_t> places(double tempo, int64_t count) {
    std::vector<int64_t> found{0};
    for (int64_t start = grid_.overlap; start < count; start += grid_.overlap)
      found.push_back(most_similar(natural(found.back()), grid_.wanted_place(start, tempo, size_)));
    return found;
  }

  std::vector<float> overlap_add(const std::vector<int64_t>& places, int64_t count) const {
    const std::vector<float> fade_in = wsola_fade(grid_);
    std::vector<float> out(static_cast<size_t>(count));
    std::copy_n(signal_.begin() + grid_.before, std::min(grid_.overlap, count), out.begin());
    for (size_t k = 1; k < places.size(); ++k) {
      const int64_t start = static_cast<int64_t>(k) * grid_.overlap;
      const float* fading = signal_.data() + grid_.before + natural(places[k - 1]);
      const float* rising = signal_.data() + grid_.before + places[k];
      float* target = out.data() + start;
      const int64_t length = std::min(grid_.overlap, count - start);
      for (int64_t i = 0; i < length; ++i)
        target[i] = fading[i] + fade_in[static_cast<size_t>(i)] * (rising[i] - fading[i]);
    }
    return out;
  }

 private:
  /// Where the signal goes on behind a segment.
  int64_t natural(int64_t place) const { return std::min(place + grid_.overlap, grid_.last_place(size_)); }

  /// The place within the tolerance of `wanted` whose samples continue best what `natural` begins.
  int64_t most_similar(int64_t natural, int64_t wanted) {
    const int64_t coarse_lags = grid_.coarse_lags(), coarse_count = grid_.overlap / grid_.decimation;
    const int64_t first = (grid_.before + wanted - grid_.tolerance) / grid_.decimation;
    const float* pattern = coarse_.data() + (grid_.before + natural) / grid_.decimation;
    correlate_lags(pattern, coarse_.data() + first, coarse_count, coarse_lags, scores_.data());
    int64_t best = grid_.before + wanted;
    double best_score = 0;
    for (int64_t lag = 0; lag < coarse_lags; ++lag) {
      const auto at = static_cast<size_t>(first + lag);
      const double energy = coarse_energy_[at + static_cast<size_t>(coarse_count)] - coarse_energy_[at];
      if (energy < kWsolaSilence) continue;
      const double score = scores_[static_cast<size_t>(lag)] / std::sqrt(energy);
      if (score > best_score) {
        best_score = score;
        best = (first + lag) * grid_.decimation;
      }
    }
    return best_score > 0 ? most_similar_exactly(grid_.before + natural, best) - grid_.before : wanted;
  }

  /// The same at the full rate, less than one coarse sample and a half from `around`; places in the padded
  /// signal.
  int64_t most_similar_exactly(int64_t natural, int64_t around) {
    const int64_t reach = grid_.exact_reach, lags = grid_.exact_lags(), overlap = grid_.overlap;
    const float* base = signal_.data() + around - reach;
    correlate_lags(signal_.data() + natural, base, overlap, lags, scores_.data());
    double energy = 0;
    for (int64_t i = 0; i < overlap; ++i) energy += static_cast<double>(base[i]) * base[i];
    int64_t best = around;
    double best_score = 0;
    for (int64_t lag = 0; lag < lags; ++lag) {
      const double score = scores_[static_cast<size_t>(lag)] / std::sqrt(std::max(energy, kWsolaSilence));
      if (score > best_score) {
        best_score = score;
        best = around - reach + lag;
      }
      energy += static_cast<double>(base[lag + overlap]) * base[lag + overlap] -
                static_cast<double>(base[lag]) * base[lag];
    }
    return best;
  }

  WsolaGrid grid_;
  int64_t size_;
  std::vector<float> signal_, coarse_, scores_;
  std::vector<double> coarse_energy_;
};

}  // namespace

int64_t WsolaGrid::wanted_place(int64_t start, double tempo, int64_t size) const {
  // A segment's centre, not its start, keeps time: the mapping has slope 1 inside it.
  const auto centre = static_cast<int64_t>(std::llround(static_cast<double>(start + overlap) * tempo));
  return std::clamp<int64_t>(centre - overlap, 0, last_place(size));
}

WsolaGrid wsola_grid(int sample_rate_hz) {
  WsolaGrid grid;
  grid.decimation = std::max<int64_t>(1, std::llround(sample_rate_hz / kCoarseRateHz));
  const auto round_to_coarse = [&](double samples) {
    return std::max<int64_t>(1, std::llround(samples / static_cast<double>(grid.decimation))) *
           grid.decimation;
  };
  grid.overlap = round_to_coarse(kOverlapS * sample_rate_hz);
  grid.tolerance = round_to_coarse(kToleranceS * sample_rate_hz);
  grid.before = 2 * (grid.overlap + grid.tolerance);
  grid.exact_reach = grid.decimation + grid.decimation / 2;
  return grid;
}

std::vector<float> wsola_fade(const WsolaGrid& grid) {
  std::vector<float> fade;
  for (int64_t i = 0; i < grid.overlap; ++i) {
    const double s =
        std::sin(0.5 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(grid.overlap));
    fade.push_back(static_cast<float>(s * s));
  }
  return fade;
}

std::vector<float> wsola(std::span<const float> samples, const WsolaGrid& grid, double tempo, int64_t count) {
  Wsola search(samples, grid);
  return search.overlap_add(search.places(tempo, count), count);
}

std::vector<int64_t> wsola_places(std::span<const float> samples, const WsolaGrid& grid, double tempo,
                                  int64_t count) {
  return Wsola(samples, grid).places(tempo, count);
}

}  // namespace melomine::dsp
