#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "configs/binder.h"

namespace melomine::experiments {

/// When the loop ends before its last round. A patience of 0 never ends it.
struct StopConfig {
  int64_t yield_patience = 0;  ///< rounds in a row whose yield did not rise
  double min_yield_rise =
      0;  ///< relevant pairs a mined song, as a share of the best before: smaller is no rise
  int64_t metric_patience = 0;  ///< rounds in a row whose validation MRR did not rise
  double min_metric_rise = 0;   ///< a rise smaller than this does not count
};
void bind(configs::Binder& b, StopConfig& c);

enum class InitEncoder { kScratch, kPrevious };
enum class KeepMined { kAll, kLatest };
enum class GateBy { kNone, kValidation };

/// The loop M_i → M_{i+1} (Amatov et al. 2023, section 4.1): mine C_i with M_i, add what was mined, train
/// M_{i+1}.
struct LoopConfig {
  int64_t rounds = 1;                        ///< of mining and retraining, after M_0
  int64_t songs_per_round = 0;               ///< size of C_i; 0 = all songs that may be mined, every round
  InitEncoder init = InitEncoder::kScratch;  ///< what M_{i+1} starts from: random weights, or M_i (ours)
  KeepMined keep = KeepMined::kAll;  ///< mined sets it is trained on: of all rounds, or the latest (ours)
  /// Groups of H are drawn more often until they are this share of what is drawn (ours): what is mined soon
  /// outnumbers the hums, and an encoder that hears few of them forgets how to find by hum. 0 = once each.
  double hum_share = 0;
  /// Groups of H and mined ones that overlap in their original are trained on joined as well, so that hums
  /// and covers are positives of each other (ours).
  bool join_hums = false;
  GateBy gate = GateBy::kNone;  ///< validation: M_{i+1} counts only if the validation MRR holds (ours)
  double gate_tolerance = 0;    ///< fall of the MRR that the gate lets pass
  StopConfig stop;
};
void bind(configs::Binder& b, LoopConfig& c);

/// What is known of a round when it is over.
struct RoundOutcome {
  std::optional<double> validation_mrr;  ///< of the round's encoder; none without validation
  double yield_per_song = 0;             ///< relevant pairs / mined songs; 0 in round 0
};

/// FragmentGroup::weight of a group of H beside mined ones of weight 1, so that H makes up `hum_share` of
/// what is drawn; at least 1.
double hum_weight(const LoopConfig& config, int64_t hum_groups, int64_t mined_groups);

/// Why the gate turns an encoder away; empty when it lets it through.
/// @param in_force  validation MRR of the encoder that mines until then
std::string gate_refusal(const LoopConfig& config, std::optional<double> in_force,
                         std::optional<double> candidate);

/// Which rounds' encoders the gate lets through, each compared with the one in force before it.
/// @param validation_mrr  [rounds so far] of each round's encoder, round 0 first
std::vector<bool> accepted_rounds(const LoopConfig& config,
                                  std::span<const std::optional<double>> validation_mrr);

/// The round whose encoder is in force after these: the newest accepted one, round 0 where none is.
size_t in_force(const std::vector<bool>& accepted);

/// Why the loop should end after these rounds; empty when it goes on. @param rounds  [rounds so far], round 0
/// first
std::string stall(const StopConfig& config, std::span<const RoundOutcome> rounds);

}  // namespace melomine::experiments
