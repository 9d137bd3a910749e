#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "cli/option_binder.h"
#include "core/error.h"
#include "core/logging.h"
#include "experiments/run_layout.h"
#include "mining/mining_summary.h"
#include "review/review_config.h"
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
        "  melomine review runs/loop --status\n"
        "  melomine review runs/loop --round 1 --write reviewed.csv\n"
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

review::ReviewSession session_of(const MinedRound& mined, const review::ReviewConfig& config) {
  auto queue = review::pairs_of(mined.rows, config.among);
  review::order_pairs(
      queue, {.order = config.order, .relevant = mined.relevant, .seed = static_cast<uint64_t>(config.seed)});
  return {mined.layout.verdicts(), std::move(queue), config.votes};
}

void print_status(const MinedRound& mined, const review::ReviewConfig& config) {
  const review::VerdictLog log = review::read_verdicts(mined.layout.verdicts());
  review::ReviewSession session = session_of(mined, config);
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

int run_review(const Arguments& args) {
  review::ReviewConfig config;
  po::options_description options("Options");
  auto add = options.add_options();
  add("run", po::value<std::string>()->value_name("DIR"), "the run's folder");
  add("round", po::value<int>()->default_value(0, "the last")->value_name("N"), "round to review");
  add("status", po::bool_switch(), "only say how far the review has come");
  add("write", po::value<std::string>()->value_name("FILE.csv"),
      "only write the round's table with people's verdicts");
  add_options(options, config);
  const auto values = parse_arguments(kReviewHelp, options, {"run"}, args);
  if (!values) return 0;
  require_options(kReviewHelp, *values, {"run"});
  read_options(*values, config);
  const MinedRound mined = open_round((*values)["run"].as<std::string>(), (*values)["round"].as<int>());
  if (values->count("write") > 0)
    write_reviewed(mined, (*values)["write"].as<std::string>());
  else
    print_status(mined, config);
  return 0;
}

}  // namespace

Command review_command() {
  return {kReviewHelp, run_review};
}

}  // namespace melomine::cli
