#include "experiments/loop_job.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "experiments/evaluation_job.h"
#include "experiments/mining_job.h"
#include "experiments/training_job.h"
#include "trainer/checkpoint_folder.h"

namespace melomine::experiments {
namespace {

using nlohmann::json;

/// What a stage of the run wrote. @throws DataError where somebody damaged it
json read_own_json(const std::filesystem::path& file) {
  try {
    return json::parse(read_file(file));
  } catch (const json::exception& e) {
    throw DataError(
        file.string(), "",
        fmt::format("is damaged ({}); remove it and run the same command again, which makes it anew",
                    e.what()));
  }
}

/// Runs a stage. @returns its wall time, none when an earlier call had finished it
template <class Stage>
std::optional<double> timed(const Stage& stage) {
  const auto start = std::chrono::steady_clock::now();
  const bool was_done = stage();
  if (was_done) return std::nullopt;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Loop {
 public:
  Loop(const ExperimentConfig& config, const JobContext& context, const RoundReporter& report,
       RunObserver& observer)
      : config_(config), context_(context), report_(report), observer_(observer) {}

  LoopResult run() {
    for (int round = 0; round <= config_.loop.rounds; ++round) {
      const bool worked = finish_round(round);
      const bool last = round == config_.loop.rounds || !rounds_.back().stop_reason.empty();
      if (worked || last) result_.report = report_(run_folder(config_));
      if (last) break;
    }
    result_.encoder = encoder_in_force(config_, rounds_.back().round);
    return std::move(result_);
  }

 private:
  /// @returns whether a stage of it was run, none being left over from an earlier call
  bool finish_round(int round) {
    spdlog::info("round {} of {}", round, config_.loop.rounds);
    RoundRecord record = read_round(config_, round).value_or(RoundRecord{});
    record.round = round;
    bool worked = false;
    const auto keep = [&](const char* stage, std::optional<double> seconds) {
      if (!seconds) return;
      record.seconds[stage] = *seconds;
      worked = true;
    };
    if (round > 0) {
      keep("mine", timed([&] { return mine(round, record); }));
    }
    keep("train", timed([&] { return run_training(config_, round, context_, observer_).was_done; }));
    record.validation_mrr = trainer::validation_metric(trained_checkpoint(config_, round));
    decide(record);
    if (!config_.evaluate.sets.empty())
      keep("evaluate", timed([&] { return evaluate_round(config_, round, observer_); }));
    rounds_.push_back(record);
    write_round(config_, record);
    return worked;
  }

  bool mine(int round, RoundRecord& record) {
    const MiningJobResult mined = run_mining(config_, round, {}, {}, context_, observer_);
    const json yield = read_own_json(mined.folder / "summary.json").at("yield");
    record.songs_mined = yield.at("songs");
    record.relevant = yield.at("relevant");
    return mined.was_done;
  }

  /// The gate, and whether the loop goes on.
  void decide(RoundRecord& record) {
    if (record.round > 0) record.reason = gate_refusal(config_.loop, in_force_mrr_, record.validation_mrr);
    record.accepted = record.reason.empty();
    if (record.accepted)
      in_force_mrr_ = record.validation_mrr;
    else
      spdlog::warn("round {}: M_{} is not accepted: {}", record.round, record.round, record.reason);
    outcomes_.push_back({.validation_mrr = record.validation_mrr,
                         .yield_per_song = record.songs_mined > 0
                                               ? static_cast<double>(record.relevant) /
                                                     static_cast<double>(record.songs_mined)
                                               : 0,
                         .accepted = record.accepted});
    record.stop_reason =
        record.round < config_.loop.rounds ? stall(config_.loop.stop, outcomes_) : std::string();
    if (!record.stop_reason.empty())
      spdlog::info("the loop ends after round {}: {}", record.round, record.stop_reason);
  }

  const ExperimentConfig& config_;
  const JobContext& context_;
  const RoundReporter& report_;
  RunObserver& observer_;
  LoopResult result_;
  std::vector<RoundRecord> rounds_;  ///< round 0 first
  std::optional<double> in_force_mrr_;
  std::vector<RoundOutcome> outcomes_;
};

}  // namespace

LoopResult run_loop(const ExperimentConfig& config, const JobContext& context, const RoundReporter& report,
                    RunObserver& observer) {
  return Loop(config, context, report, observer).run();
}

}  // namespace melomine::experiments
