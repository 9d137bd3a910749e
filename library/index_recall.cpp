#include "library/index_recall.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

#include "core/random.h"
#include "retrieval/fixed_product.h"

namespace melomine::library {
namespace {

using retrieval::FingerprintSequence;

/// Products of numbers that may be spent on exact searches and on exact nearest fingerprints: seconds.
constexpr double kSearchProducts = 1e11, kNearestProducts = 2e10;
/// Rounding of what is stored, within which similarities are equal.
constexpr double kRounding = 1e-3;
constexpr size_t kFirst = 10;

/// A stretch of a song as somebody else might sing it.
struct Asked {
  int64_t song = 0;
  Query query;
};

Asked ask(const Library& library, const std::vector<int64_t>& songs, const RecallConfig& config,
          int64_t number) {
  const ModelRecord& model = library.manifest().model;
  RandomStream random({config.seed, stream_id("recall"), static_cast<uint64_t>(number)});
  Asked asked{.song = random.pick(songs), .query = {}};
  const retrieval::FixedView song = library.sequence(asked.song);
  const auto wanted = std::llround((config.stretch_s - model.window_s) / model.hop_s) + 1;
  const int64_t steps = std::clamp<int64_t>(wanted, 1, song.steps);
  const int64_t first = random.integer(song.steps - steps + 1);
  FingerprintSequence z{.steps = steps, .dim = song.dim, .hop_s = model.hop_s, .values = {}};
  z.values = retrieval::from_fixed({song.row(first), steps, song.dim});
  const double noise = std::sqrt((1 / (config.cosine * config.cosine) - 1) / static_cast<double>(song.dim));
  for (int64_t t = 0; t < steps; ++t) {
    const auto row = std::span(z.values).subspan(static_cast<size_t>(t * z.dim), static_cast<size_t>(z.dim));
    const bool sounds = std::any_of(row.begin(), row.end(), [](float v) { return v != 0; });
    z.voiced.push_back(sounds ? 1 : 0);
    if (!sounds) continue;
    double square = 0;
    for (float& v : row) {
      v += static_cast<float>(noise * random.normal());
      square += static_cast<double>(v) * v;
    }
    for (float& v : row) v = static_cast<float>(v / std::sqrt(square));
  }
  asked.query.tempo_ratios = {1};
  asked.query.variants = {std::move(z)};
  return asked;
}

/// Similarities of the nearest of all stored fingerprints, the least of them.
int32_t least_of_nearest(const Library& library, const int16_t* row, int64_t neighbours) {
  std::vector<int32_t> best, products;  // a heap, the least first
  for (int64_t n = 0; n < library.size(); ++n) {
    const retrieval::FixedView song = library.sequence(n);
    products.resize(static_cast<size_t>(song.steps));
    retrieval::fixed_products({{row, 1, song.dim}, song, products.data(), song.steps});
    for (int64_t t = 0; t < song.steps; ++t) {
      if (!retrieval::is_voiced_row(song.row(t), song.dim)) continue;
      const int32_t product = products[static_cast<size_t>(t)];
      if (static_cast<int64_t>(best.size()) == neighbours && product <= best.front()) continue;
      best.push_back(product);
      std::push_heap(best.begin(), best.end(), std::greater<>());
      if (static_cast<int64_t>(best.size()) <= neighbours) continue;
      std::pop_heap(best.begin(), best.end(), std::greater<>());
      best.pop_back();
    }
  }
  return best.empty() ? 0 : best.front();
}

/// Share of the nearest of a fingerprint that the index returned: those that are as near as the least of the
/// exact ones.
double share_of_nearest(const Library& library, std::span<const float> row,
                        std::span<const retrieval::AnnIndex::Neighbour> returned) {
  const auto dim = static_cast<int64_t>(row.size());
  std::vector<int16_t> fixed(row.size());
  retrieval::to_fixed({row.data(), 1, dim}, fixed.data());
  const auto steps = library.first_steps();
  const int64_t all = std::min(static_cast<int64_t>(returned.size()), steps.back());
  const int32_t least = least_of_nearest(library, fixed.data(), all);
  const double margin = kRounding * retrieval::kFixedOne * retrieval::kFixedOne;
  int64_t found = 0;
  for (const auto& near : returned) {
    if (near.number < 0) continue;
    const auto song = std::upper_bound(steps.begin(), steps.end(), near.number) - steps.begin() - 1;
    const int16_t* other = library.sequence(song).row(near.number - steps[static_cast<size_t>(song)]);
    int32_t product = 0;
    retrieval::fixed_products({{fixed.data(), 1, dim}, {other, 1, dim}, &product, 1});
    if (static_cast<double>(product) >= static_cast<double>(least) - margin) ++found;
  }
  return static_cast<double>(std::min(found, all)) / static_cast<double>(all);
}

/// Of every so many-th of the stretches' fingerprints.
void measure_nearest(const Library& library, const std::vector<Asked>& asked, int64_t most,
                     const SearchConfig& search, IndexRecall& recall) {
  std::vector<float> rows;
  std::vector<std::span<const float>> sounding;
  for (const Asked& one : asked) {
    const FingerprintSequence& z = one.query.variants[0];
    for (int64_t t = 0; t < z.steps; ++t)
      if (z.voiced[static_cast<size_t>(t)] != 0) sounding.push_back(z.row(t));
  }
  const size_t every = sounding.size() / static_cast<size_t>(std::max<int64_t>(1, most)) + 1;
  for (size_t i = 0; i < sounding.size(); i += every)
    rows.insert(rows.end(), sounding[i].begin(), sounding[i].end());
  const auto dim = static_cast<size_t>(library.manifest().model.dim);
  const auto width = static_cast<size_t>(search.neighbours);
  const auto found = library.nearest(rows, {.neighbours = search.neighbours, .probes = search.probes});
  std::vector<double> shares(rows.size() / dim);
  tbb::parallel_for(size_t{0}, shares.size(), [&](size_t i) {
    shares[i] = share_of_nearest(library, std::span(rows).subspan(i * dim, dim),
                                 std::span(found).subspan(i * width, width));
  });
  recall.fingerprints = static_cast<int64_t>(shares.size());
  for (const double share : shares) recall.nearest += share / static_cast<double>(shares.size());
}

struct Timed {
  double found = 0, median_s = 0;
};

Timed search_all(const Library& library, const std::vector<Asked>& asked, const SearchConfig& config) {
  Timed timed;
  std::vector<double> seconds;
  for (const Asked& one : asked) {
    const auto start = std::chrono::steady_clock::now();
    const auto songs = search(library, one.query, config, kFirst);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (std::any_of(songs.begin(), songs.end(), [&](const FoundSong& s) { return s.number == one.song; }))
      timed.found += 1 / static_cast<double>(asked.size());
  }
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2),
                   seconds.end());
  timed.median_s = seconds[seconds.size() / 2];
  return timed;
}

}  // namespace

IndexRecall measure_recall(const Library& library, const SearchConfig& search, const RecallConfig& config) {
  std::vector<int64_t> songs;
  for (int64_t n = 0; n < library.size(); ++n)
    if (!library.is_removed(n) && library.song(n).steps > 0) songs.push_back(n);
  if (songs.empty()) return {};
  SearchConfig two_step = search;
  two_step.contour_weight = 0;  // stretches have no contour
  two_step.matches = 1;
  SearchConfig exact = two_step;
  exact.candidates = 0;
  const ModelRecord& model = library.manifest().model;
  const double numbers = static_cast<double>(library.first_steps().back() * model.dim);
  const double steps = std::max(1.0, config.stretch_s / model.hop_s);
  const auto count = std::clamp(static_cast<int64_t>(kSearchProducts / (numbers * steps)), int64_t{5},
                                std::max<int64_t>(5, config.stretches));
  std::vector<Asked> asked;
  for (int64_t i = 0; i < count; ++i) asked.push_back(ask(library, songs, config, i));
  IndexRecall recall{.stretches = count, .neighbours = search.neighbours};
  measure_nearest(library, asked, static_cast<int64_t>(kNearestProducts / numbers), search, recall);
  const Timed fast = search_all(library, asked, two_step), all = search_all(library, asked, exact);
  recall.two_step = fast.found;
  recall.two_step_s = fast.median_s;
  recall.exact = all.found;
  recall.exact_s = all.median_s;
  return recall;
}

}  // namespace melomine::library
