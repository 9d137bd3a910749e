#include "evaluation/distance_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/atomic_file.h"
#include "layouts/mirex_lists.h"

namespace melomine::evaluation {
namespace {

/// [candidates] of one query. @param self  index of the query among them; -1 where it is none
std::vector<float> distances_of(const retrieval::Ranking& ranking, size_t candidates, int64_t self) {
  constexpr float kNone = std::numeric_limits<float>::infinity();
  std::vector<float> distances(candidates, kNone);
  float best = -kNone, last = 0;
  for (const retrieval::Hit& hit : ranking)
    if (hit.reference != self && std::isfinite(hit.score)) best = std::max(best, hit.score);
  for (const retrieval::Hit& hit : ranking) {
    if (hit.reference == self || !std::isfinite(hit.score)) continue;
    float& distance = distances[static_cast<size_t>(hit.reference)];
    distance = std::min(distance, best - hit.score);
    last = std::max(last, distance);
  }
  std::replace(distances.begin(), distances.end(), kNone, last + 1);
  if (self >= 0) distances[static_cast<size_t>(self)] = 0;
  return distances;
}

}  // namespace

std::string distance_matrix(const EvaluationReport& report, const SystemResult& system) {
  layouts::DistanceMatrix matrix{.title = fmt::format("{}: {}", report.name, system.name),
                                 .paths = report.candidates,
                                 .references = static_cast<int64_t>(report.candidates.size())};
  std::map<std::string, int64_t> index;
  for (size_t c = 0; c < report.candidates.size(); ++c)
    index.emplace(report.candidates[c], static_cast<int64_t>(c));
  for (size_t q = 0; q < report.queries.size(); ++q) {
    const auto found = index.find(report.queries[q]);
    const int64_t self = found == index.end() ? -1 : found->second;
    matrix.queries.push_back(self >= 0 ? self : static_cast<int64_t>(matrix.paths.size()));
    if (self < 0) matrix.paths.push_back(report.queries[q]);
    const std::vector<float> row = distances_of(system.rankings.at(q), report.candidates.size(), self);
    matrix.distances.insert(matrix.distances.end(), row.begin(), row.end());
  }
  return layouts::mirex_text(matrix);
}

void write_distance_matrices(const EvaluationReport& report, const std::filesystem::path& folder) {
  if (report.config.distance_matrix.empty()) return;
  make_folder(folder);
  for (const SystemResult& system : report.systems)
    write_file_atomically(folder / fmt::format("distances_{}.txt", system.name),
                          distance_matrix(report, system));
}

}  // namespace melomine::evaluation
