#include "experiments/loop_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace melomine::experiments {
namespace {

/// How many of the last rounds did not rise above the best before them. @param value  none = no such figure
int64_t rounds_without_rise(std::span<const RoundOutcome> rounds,
                            const std::function<std::optional<double>(const RoundOutcome&)>& value,
                            const std::function<bool(double best, double now)>& rises) {
  std::optional<double> best;
  int64_t without = 0;
  for (const RoundOutcome& round : rounds) {
    const auto now = value(round);
    if (!now) continue;
    const bool rose = !best || rises(*best, *now);
    without = rose ? 0 : without + 1;
    if (!best || *now > *best) best = now;
  }
  return without;
}

}  // namespace

void bind(configs::Binder& b, StopConfig& c) {
  b.integer("yield_patience", c.yield_patience, configs::at_least(0),
            "rounds in a row without a rise of relevant pairs a song before the loop ends; 0: never");
  b.number("min_yield_rise", c.min_yield_rise, configs::at_least(0),
           "a rise of the yield by a smaller share does not count");
  b.integer("metric_patience", c.metric_patience, configs::at_least(0),
            "rounds in a row without a rise of the validation MRR before the loop ends; 0: never");
  b.number("min_metric_rise", c.min_metric_rise, configs::at_least(0),
           "a rise of the MRR smaller than this does not count");
}

void bind(configs::Binder& b, LoopConfig& c) {
  b.integer("rounds", c.rounds, configs::between(0, 99), "rounds of mining and retraining, after M_0");
  b.integer("songs_per_round", c.songs_per_round, configs::at_least(0),
            "songs mined in a round, each round the next ones; 0: all of them, every round");
  b.enumeration("init", c.init, {{"scratch", InitEncoder::kScratch}, {"previous", InitEncoder::kPrevious}},
                "what a round's encoder starts from: random weights, or the encoder that mined");
  b.enumeration("keep", c.keep, {{"all", KeepMined::kAll}, {"latest", KeepMined::kLatest}},
                "mined sets that are trained on: those of all rounds, or the latest");
  b.number("hum_share", c.hum_share, configs::Range{0, 1, false, true},
           "groups of H are drawn more often until they are this share of what is drawn; 0: once each");
  b.boolean("join_hums", c.join_hums,
            "hums and mined covers that overlap in their original are groups together, too");
  b.enumeration(
      "gate", c.gate, {{"none", GateBy::kNone}, {"validation", GateBy::kValidation}},
      "validation: an encoder whose validation MRR falls is kept, but neither mines nor is the result");
  b.number("gate_tolerance", c.gate_tolerance, configs::at_least(0),
           "fall of the MRR that the gate lets pass");
  b.nested("stop", c.stop, "when the loop ends before its last round");
}

double hum_weight(const LoopConfig& config, int64_t hum_groups, int64_t mined_groups) {
  if (hum_groups == 0) return 1;
  const double wanted = config.hum_share / (1 - config.hum_share) * static_cast<double>(mined_groups);
  return std::max(1.0, wanted / static_cast<double>(hum_groups));
}

std::string gate_refusal(const LoopConfig& config, std::optional<double> in_force,
                         std::optional<double> candidate) {
  if (config.gate == GateBy::kNone || !in_force || !candidate) return {};
  if (*candidate >= *in_force - config.gate_tolerance) return {};
  return fmt::format("validation MRR {:.4f} is below {:.4f} of the encoder in force", *candidate, *in_force);
}

std::vector<bool> accepted_rounds(const LoopConfig& config,
                                  std::span<const std::optional<double>> validation_mrr) {
  std::vector<bool> accepted;
  for (const auto& candidate : validation_mrr)
    accepted.push_back(accepted.empty() ||
                       gate_refusal(config, validation_mrr[in_force(accepted)], candidate).empty());
  return accepted;
}

size_t in_force(const std::vector<bool>& accepted) {
  for (size_t round = accepted.size(); round-- > 0;)
    if (accepted[round]) return round;
  return 0;
}

std::string stall(const StopConfig& config, std::span<const RoundOutcome> rounds) {
  if (rounds.empty()) return {};
  const auto yields = rounds.subspan(1);
  const int64_t no_yield = rounds_without_rise(
      yields, [](const RoundOutcome& r) { return std::optional<double>(r.yield_per_song); },
      [&](double best, double now) { return now > best * (1 + config.min_yield_rise); });
  if (config.yield_patience > 0 && no_yield >= config.yield_patience)
    return fmt::format("the yield has not risen for {} round(s)", no_yield);
  const int64_t no_metric = rounds_without_rise(
      rounds, [](const RoundOutcome& r) { return r.validation_mrr; },
      [&](double best, double now) { return now > best + config.min_metric_rise; });
  if (config.metric_patience > 0 && no_metric >= config.metric_patience)
    return fmt::format("the validation MRR has not risen for {} round(s)", no_metric);
  return {};
}

}  // namespace melomine::experiments
