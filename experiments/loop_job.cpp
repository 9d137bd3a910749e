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
    if (context_.writes()) context_.lock = std::make_shared<RunLock>(layout_);
  }

  LoopResult run() {
    LoopResult result;
    for (int round = 0;; ++round) {
      if (!finish_round(round, result)) continue;
      result.encoder = encoder_in_force(config_, round);
      return result;
    }
  }

 private:
  /// Of several processes the first mines, evaluates and reports, and all train.
  /// @returns whether the loop ends with this round
  bool finish_round(int round, LoopResult& result) {
    RoundRecord record;
    bool worked = false,
         last = false;  // in the first process; worked: a stage was not left over from an earlier call
    const auto record_time = [&](StageKind stage, const auto& job) {
      if (job.was_done) return;
      record.seconds[to_string(stage)] = job.wall_s;
      worked = true;
    };
    JobContext single = context_;
    single.group = nullptr;
    context_.alone([&] {
      log_info("round {} of {}", round, config_.loop.rounds);
      record = read_round(layout_, round).value_or(RoundRecord{});
      record.round = round;
      if (round > 0) mine(round, single, record, record_time);
    });
    record_time(StageKind::kTrain, run_training(config_, round, context_, observer_));
    context_.alone([&] {
      judge(record);
      if (!config_.evaluate.sets.empty())
        record_time(StageKind::kEvaluate, run_evaluation(config_, {.round = round}, single, observer_));
      write_round(layout_, record);
      last = round == config_.loop.rounds || !record.stop_reason.empty();
      if (worked || last) result.report = report_(layout_.folder());
    });
    return context_.group ? context_.group->of_first(last ? 1 : 0) > 0 : last;
  }

  template <class RecordTime>
  void mine(int round, const JobContext& context, RoundRecord& record, const RecordTime& record_time) {
    const MiningJobResult mined = run_mining(config_, round, {}, {}, context, observer_);
    record_time(StageKind::kMine, mined);
    const mining::MiningYield yield = mining::read_summary(layout_.mining_summary(round)).yield;
    record.songs_mined = yield.songs;
    record.relevant = yield.relevant;
  }

  void judge(RoundRecord& record) {
    record.validation_mrr = trainer::validation_metric(trained_checkpoint(config_, record.round));
    progress_.judge(record);
    if (!record.accepted)
      log_warning("round {}: M_{} is not accepted: {}", record.round, record.round, record.reason);
    if (!record.stop_reason.empty())
      log_info("the loop ends after round {}: {}", record.round, record.stop_reason);
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
