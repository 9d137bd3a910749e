#include "experiments/loop_job.h"

#include <memory>
#include <utility>

#include "core/logging.h"
#include "experiments/evaluation_job.h"
#include "experiments/loop_progress.h"
#include "experiments/mining_job.h"
#include "experiments/round_record.h"
#include "experiments/training_job.h"
#include "mining/mining_summary.h"
#include "trainer/training_result.h"

namespace melomine::experiments {
namespace {

class Loop {
 public:
  Loop(const ExperimentConfig& config, JobContext context, const RoundReporter& report, RunObserver& observer)
      : config_(config),
        layout_(layout_of(config)),
        context_(std::move(context)),
        report_(report),
        observer_(observer),
        progress_(config.loop) {
    context_.lock = std::make_shared<RunLock>(layout_);
  }

  LoopResult run() {
    LoopResult result;
    for (int round = 0;; ++round) {
      const Outcome outcome = finish_round(round);
      if (outcome.worked || outcome.last) result.report = report_(layout_.folder());
      if (!outcome.last) continue;
      result.encoder = encoder_in_force(config_, round);
      return result;
    }
  }

 private:
  struct Outcome {
    bool worked = false;  ///< a stage was run, none being left over from an earlier call
    bool last = false;
  };

  Outcome finish_round(int round) {
    log_info("round {} of {}", round, config_.loop.rounds);
    RoundRecord record = read_round(layout_, round).value_or(RoundRecord{});
    record.round = round;
    bool worked = false;
    const auto record_time = [&](StageKind stage, const auto& result) {
      if (result.was_done) return;
      record.seconds[to_string(stage)] = result.wall_s;
      worked = true;
    };
    if (round > 0) {
      const MiningJobResult mined = run_mining(config_, round, {}, {}, context_, observer_);
      record_time(StageKind::kMine, mined);
      const mining::MiningYield yield = mining::read_summary(layout_.mining_summary(round)).yield;
      record.songs_mined = yield.songs;
      record.relevant = yield.relevant;
    }
    record_time(StageKind::kTrain, run_training(config_, round, context_, observer_));
    record.validation_mrr = trainer::validation_metric(trained_checkpoint(config_, round));
    progress_.judge(record);
    if (!record.accepted) log_warning("round {}: M_{} is not accepted: {}", round, round, record.reason);
    if (!record.stop_reason.empty()) log_info("the loop ends after round {}: {}", round, record.stop_reason);
    if (!config_.evaluate.sets.empty())
      record_time(StageKind::kEvaluate, run_evaluation(config_, {.round = round}, context_, observer_));
    write_round(layout_, record);
    return {worked, round == config_.loop.rounds || !record.stop_reason.empty()};
  }

  const ExperimentConfig& config_;
  const RunLayout layout_;
  JobContext context_;
  const RoundReporter& report_;
  RunObserver& observer_;
  LoopProgress progress_;
};

}  // namespace

LoopResult run_loop(const ExperimentConfig& config, const JobContext& context, const RoundReporter& report,
                    RunObserver& observer) {
  return Loop(config, context, report, observer).run();
}

}  // namespace melomine::experiments
