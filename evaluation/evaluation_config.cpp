#include "evaluation/evaluation_config.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "configs/document.h"

namespace melomine::evaluation {
namespace {

using configs::Value;

/// Moves those of `keys` that a map has into an item of its list of systems.
Value system_with(Value& written, std::string_view type, std::span<const std::string_view> keys) {
  Value system = configs::map_value(written.location);
  system.set(configs::kTypeKey, configs::scalar_value(std::string(type), false, written.location));
  for (const std::string_view key : keys) {
    Value* setting = written.find(key);
    if (setting == nullptr) continue;
    system.set(key, std::move(*setting));
    written.erase(key);
  }
  return system;
}

/// Older versions knew two systems, whose settings stood beside those of the set; `baseline: false` left the
/// one away.
void write_as_systems(Value& written, const Value&) {
  constexpr std::array<std::string_view, 2> kBaseline = {"f0", "contour"};
  constexpr std::array<std::string_view, 7> kModel = {
      "query_tempo_ratios", "trim_queries_db", "center",   "voice",
      "correlation",        "uncovered_cost",  "normalise"};
  const auto has = [&](std::string_view key) { return written.find(key) != nullptr; };
  const bool older = has("baseline") || std::any_of(kBaseline.begin(), kBaseline.end(), has) ||
                     std::any_of(kModel.begin(), kModel.end(), has);
  if (!older || has("systems")) return;
  Value systems;
  systems.kind = Value::Kind::kList;
  systems.location = written.location;
  Value baseline = system_with(written, "baseline", kBaseline);
  const Value* wanted = written.find("baseline");
  if (wanted == nullptr || wanted->text != "false") systems.items.push_back(std::move(baseline));
  written.erase("baseline");
  systems.items.push_back(system_with(written, "model", kModel));
  written.set("systems", std::move(systems));
}

}  // namespace

void bind(configs::Binder& b, EvaluationConfig& c) {
  b.older(write_as_systems);
  b.nested_list("systems", c.systems, "what is judged");
  const std::string problem = problem_of(c.systems);
  b.require(problem.empty(), "systems", problem);
  b.integer("bootstrap_resamples", c.bootstrap_resamples, configs::at_least(1),
            "resamples behind each interval");
  b.integer("seed", c.seed, configs::at_least(0), "of the bootstrap");
  b.field({.key = "distance_matrix",
           .target = &c.distance_matrix,
           .choices = {"", "mirex"},
           .doc = "mirex: each system's distances beside the report, as MIREX takes them; empty: none",
           .sparse = true});
}

}  // namespace melomine::evaluation
