#include "retrieval/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace melomine::retrieval {
namespace {

enum class Role : uint8_t { kWrong, kTarget, kExcluded };

template <int64_t K>
double top(const RankedQuery& query) {
  return query.first_rank <= K ? 1.0 : 0.0;
}

constexpr int64_t kFirst = 10;  ///< candidates that mrr10, p10 and right10 look at

constexpr std::array<Metric, 12> kMetrics{{
    {"top1", top<1>},
    {"top3", top<3>},
    {"top5", top<5>},
    {"top10", top<10>},
    {"top100", top<100>},
    {"mrr", [](const RankedQuery& query) { return 1.0 / static_cast<double>(query.first_rank); }},
    {"map", [](const RankedQuery& query) { return query.average_precision; }},
    {"mr1", [](const RankedQuery& query) { return static_cast<double>(query.first_rank); }},
    {"mrr10",
     [](const RankedQuery& query) {
       return query.first_rank <= kFirst ? 1.0 / static_cast<double>(query.first_rank) : 0.0;
     }},
    {"p10", [](const RankedQuery& query) { return static_cast<double>(query.first_ten) / kFirst; }},
    {"right10", [](const RankedQuery& query) { return static_cast<double>(query.first_ten); }},
    {"nar", [](const RankedQuery& query) { return 100 * query.wrong_ahead; }},
}};

void assign(std::vector<Role>& roles, const std::vector<int64_t>& indices, Role role) {
  for (const int64_t i : indices) {
    if (i < 0 || i >= static_cast<int64_t>(roles.size()))
      throw ShapeError(fmt::format("[metrics] index {} is outside the {} references", i, roles.size()));
    roles[static_cast<size_t>(i)] = role;
  }
}

}  // namespace

RankedQuery rank_query(std::span<const float> scores, const Relevance& relevance) {
  std::vector<Role> roles(scores.size(), Role::kWrong);
  assign(roles, relevance.targets, Role::kTarget);
  assign(roles, relevance.excluded, Role::kExcluded);
  std::vector<float> targets, wrong;
  for (size_t i = 0; i < scores.size(); ++i) {
    const float score = std::isnan(scores[i]) ? -std::numeric_limits<float>::infinity() : scores[i];
    if (roles[i] == Role::kTarget) targets.push_back(score);
    if (roles[i] == Role::kWrong) wrong.push_back(score);
  }
  if (targets.empty()) throw ShapeError("[metrics] a query has no correct reference among the candidates");
  std::sort(targets.begin(), targets.end(), std::greater<>());
  std::sort(wrong.begin(), wrong.end(), std::greater<>());
  RankedQuery result;
  size_t ahead = 0;
  for (size_t k = 0; k < targets.size(); ++k) {
    while (ahead < wrong.size() && wrong[ahead] >= targets[k]) ++ahead;
    const double rank = static_cast<double>(ahead + k + 1);
    if (k == 0) result.first_rank = static_cast<int64_t>(rank);
    result.average_precision += static_cast<double>(k + 1) / rank;
    if (rank <= kFirst) ++result.first_ten;
    if (!wrong.empty()) result.wrong_ahead += static_cast<double>(ahead) / static_cast<double>(wrong.size());
  }
  result.average_precision /= static_cast<double>(targets.size());
  result.wrong_ahead /= static_cast<double>(targets.size());
  return result;
}

RankedQuery rank_query(std::span<const Hit> hits, int64_t references, const Relevance& relevance) {
  std::vector<float> scores(static_cast<size_t>(references), -std::numeric_limits<float>::infinity());
  for (const Hit& hit : hits) {
    if (hit.reference < 0 || hit.reference >= references)
      throw ShapeError(
          fmt::format("[metrics] hit {} is outside the {} references", hit.reference, references));
    scores[static_cast<size_t>(hit.reference)] = hit.score;
  }
  return rank_query(scores, relevance);
}

std::span<const Metric> all_metrics() {
  return kMetrics;
}

std::vector<double> metric_values(const Metric& metric, std::span<const RankedQuery> queries) {
  std::vector<double> values;
  for (const RankedQuery& query : queries) values.push_back(metric.value(query));
  return values;
}

}  // namespace melomine::retrieval
