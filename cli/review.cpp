#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <utility>

#include "cli/option_binder.h"
#include "configs/config.h"
#include "core/error.h"
#include "datasets/audio_store.h"
#include "experiments/experiment_config.h"
#include "experiments/run_layout.h"
#include "mining/mining_summary.h"
#include "review/crowd_answers.h"
#include "review/crowd_tasks.h"
#include "review/review_config.h"
#include "review/review_service.h"
#include "review/session.h"

namespace melomine::cli {
namespace {

namespace fs = std::filesystem;
using experiments::RunLayout;
using experiments::StageKind;

const CommandHelp kReviewHelp{
    .name = "review",
    .summary = "Let people judge the uncertain pairs of a mined round.",
    .usage = "RUN_FOLDER [options]",
    .examples =
        "  melomine review runs/loop --reviewer anna            # then open the address that it prints\n"
        "  melomine review runs/loop --votes 2 --among all      # two reviewers a pair\n"
        "  melomine review runs/loop --status\n"
        "  melomine review runs/loop --round 1 --write reviewed.csv\n"
        "  melomine review runs/loop --export tasks --tasks 300 # for a crowdsourcing service\n"
        "  melomine review runs/loop --import answers.tsv --key tasks/key.jsonl\n"
        "Verdicts are kept in verdicts.jsonl of the run's folder, and the next training that begins "
        "uses them\n(docs/review.md)."};

/// A mined round of a run.
struct MinedRound {
  RunLayout layout;
  int round = 0;
  std::vector<datasets::FragmentRow> rows;
  double relevant = 0;  ///< β_rel
};

/// The last round that is mined.
int last_mined(const RunLayout& layout) {
  int last = 0;
  for (const int round : layout.rounds())
    if (fs::exists(layout.done(round, StageKind::kMine))) last = round;
  if (last == 0)
    throw DataError(layout.folder().string(), "",
                    "has no round that is mined; `melomine mine` or `melomine run` makes one");
  return last;
}

MinedRound open_round(const fs::path& run, int round) {
  MinedRound mined{.layout = RunLayout(run), .round = round, .rows = {}};
  if (!fs::is_directory(run)) throw DataError(run.string(), "", "no such folder");
  if (round == 0) mined.round = last_mined(mined.layout);
  if (!fs::exists(mined.layout.done(mined.round, StageKind::kMine)))
    throw DataError(mined.layout.stage(mined.round, StageKind::kMine).string(), "",
                    "this round is not mined yet; run `melomine mine` first");
  mined.rows = datasets::read_fragment_table(mined.layout.mined_table(mined.round));
  mined.relevant = mining::read_summary(mined.layout.mining_summary(mined.round)).relevant;
  return mined;
}

std::vector<review::QueuedPair> queue_of(const MinedRound& mined, const review::ReviewConfig& config) {
  auto queue = review::pairs_of(mined.rows, config.among);
  review::order_pairs(
      queue, {.order = config.order, .relevant = mined.relevant, .seed = static_cast<uint64_t>(config.seed)});
  return queue;
}

void print_status(const MinedRound& mined, const review::ReviewConfig& config) {
  const review::VerdictLog log = review::read_verdicts(mined.layout.verdicts());
  review::ReviewSession session(mined.layout.verdicts(), queue_of(mined, config), config.votes);
  const review::ReviewProgress progress = session.progress(config.reviewer);
  auto rows = mined.rows;
  const review::Consensus consensus(log.judgements);
  const review::AppliedVerdicts applied = review::apply_verdicts(rows, consensus);
  fmt::print("round {}: {} pairs to review, {} of them decided ({} the same)\n", mined.round, progress.pairs,
             progress.decided, progress.same);
  fmt::print("verdicts: {} lines, {} damaged; of this round's pairs {} accepted, {} rejected, {} tied\n",
             log.judgements.size(), log.damaged, applied.accepted, applied.rejected, applied.tied);
  std::map<std::string, int64_t> reviewers;
  for (const review::Judgement& judgement : log.judgements) ++reviewers[judgement.reviewer];
  for (const auto& [name, lines] : reviewers) fmt::print("  {}: {} lines\n", name, lines);
  const review::Agreement& agreement = progress.agreement;
  if (agreement.pairs > 0)
    fmt::print("agreement: {} of {} pairs that several told are unanimous, alpha {:.2f}\n",
               agreement.unanimous, agreement.pairs, agreement.alpha);
}

/// The round's table with people's verdicts.
void write_reviewed(const MinedRound& mined, const fs::path& path) {
  auto rows = mined.rows;
  const review::VerdictLog log = review::read_verdicts(mined.layout.verdicts());
  const auto applied = review::apply_verdicts(rows, review::Consensus(log.judgements));
  datasets::write_fragment_table(path, rows, datasets::TableColumns::kChadWithProvenance);
  fmt::print("{}: {} pairs accepted, {} rejected\n", path.string(), applied.accepted, applied.rejected);
}

datasets::AudioStore open_store(const MinedRound& mined, const review::ReviewConfig& config) {
  const auto data = configs::load_config<experiments::ExperimentConfig>(mined.layout.experiment()).data;
  const fs::path shards = config.shards.empty() ? fs::path(data.shards) : config.shards;
  switch (config.hear) {
    case review::Hear::kMix:
      return datasets::AudioStore(shards, datasets::Rendition::kMix);
    case review::Hear::kVocals:
      return datasets::AudioStore(shards, datasets::Rendition::kVocals);
    case review::Hear::kMined:
      break;
  }
  return datasets::AudioStore(shards, data.rendition);
}

void serve_review(const MinedRound& mined, const review::ReviewConfig& config) {
  const datasets::AudioStore store = open_store(mined, config);
  const review::PairClips clips(store, {});
  review::ReviewSession session(mined.layout.verdicts(), queue_of(mined, config), config.votes);
  if (session.queue().empty())
    throw DataError(mined.layout.mined_table(mined.round).string(), "",
                    "has no pair to review; --among all reviews the relevant ones as well");
  review::run_review_service(session, clips, config, [](const std::string& address) {
    fmt::print("{}\n", address);
    std::fflush(stdout);
  });
}

void export_crowd(const MinedRound& mined, const review::ReviewConfig& config, const fs::path& folder,
                  const review::TaskSettings& settings) {
  if (settings.pairs < 1) throw ConfigError(fmt::format("--tasks must be > 0, got {}", settings.pairs));
  if (!(settings.controls >= 0 && settings.controls <= 1))
    throw ConfigError(fmt::format("--controls must be in [0, 1], got {}", settings.controls));
  const datasets::AudioStore store = open_store(mined, config);
  const auto tasks = review::draw_tasks(queue_of(mined, config), mined.rows, settings);
  review::export_tasks(folder, tasks, review::PairClips(store, {}));
  fmt::print("{}: {} tasks with their clips; {} tells the answers to the control questions: keep it\n",
             (folder / review::kTasksFile).string(), tasks.size(), review::kKeyFile);
}

void import_crowd(const MinedRound& mined, const fs::path& answers, const fs::path& key,
                  const review::CrowdRules& rules) {
  if (!(rules.least_controls >= 0 && rules.least_controls <= 1))
    throw ConfigError(fmt::format("--least-controls must be in [0, 1], got {}", rules.least_controls));
  const auto outcome = review::settle_answers(review::read_key(key), review::read_answers(answers), rules);
  for (const review::Judgement& judgement : outcome.judgements)
    review::append_verdict(mined.layout.verdicts(), judgement);
  fmt::print("{} workers, {} of them dropped; {} pairs decided, {} left open\n", outcome.workers,
             outcome.dropped.size(), outcome.judgements.size(), outcome.undecided);
}

int run_review(const Arguments& args) {
  review::ReviewConfig config;
  review::TaskSettings tasks;
  review::CrowdRules rules;
  po::options_description options("Options");
  auto add = options.add_options();
  add("run", po::value<std::string>()->value_name("DIR"), "the run's folder");
  add("round", po::value<int>()->default_value(0, "the last")->value_name("N"), "round to review");
  add("status", po::bool_switch(), "only say how far the review has come");
  add("write", po::value<std::string>()->value_name("FILE.csv"),
      "only write the round's table with people's verdicts");
  add("export", po::value<std::string>()->value_name("DIR"),
      "only write tasks for a crowdsourcing service: a table, clips and a key");
  add("tasks", po::value(&tasks.pairs)->default_value(tasks.pairs), "pairs to export at most");
  add("controls", po::value(&tasks.controls)->default_value(tasks.controls, "0.1"),
      "control questions for each pair exported");
  add("import", po::value<std::string>()->value_name("ANSWERS.tsv"),
      "only take the answers that came back: columns task_id, worker, answer");
  add("key", po::value<std::string>()->value_name("KEY.jsonl"), "of the tasks that were answered");
  add("least-controls", po::value(&rules.least_controls)->default_value(rules.least_controls, "0.8"),
      "share of the control questions that a worker must have right");
  add("least-votes", po::value(&rules.least_votes)->default_value(rules.least_votes),
      "workers who must have told before a pair is decided");
  add_options(options, config);
  const auto values = parse_arguments(kReviewHelp, options, {"run"}, args);
  if (!values) return 0;
  require_options(kReviewHelp, *values, {"run"});
  read_options(*values, config);
  const auto text = [&](const char* name) { return (*values)[name].as<std::string>(); };
  if (values->count("import") > 0) require_options(kReviewHelp, *values, {"key"});
  tasks.seed = static_cast<uint64_t>(config.seed);
  const MinedRound mined = open_round(text("run"), (*values)["round"].as<int>());
  if (values->count("write") > 0)
    write_reviewed(mined, text("write"));
  else if (values->count("export") > 0)
    export_crowd(mined, config, text("export"), tasks);
  else if (values->count("import") > 0)
    import_crowd(mined, text("import"), text("key"), rules);
  else if ((*values)["status"].as<bool>())
    print_status(mined, config);
  else
    serve_review(mined, config);
  return 0;
}

}  // namespace

Command review_command() {
  return {kReviewHelp, run_review};
}

}  // namespace melomine::cli
