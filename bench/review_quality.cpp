// What answers of reviewers are worth: planted truth answers the first questions of a mined round, in active
// and in random order, without and with mistakes. What would be trained on is compared with what β_rel alone
// could have made of the same pairs without an answer, at two recalls: the round's own, where β_rel may rise
// as accepted pairs raise recall; and the one that the answers reach at the round's β_rel, for which β_rel
// alone would have to fall.
//   review_quality MINE_FOLDER TRUTH.csv [MINE_FOLDER TRUTH.csv ...]
// MINE_FOLDER is runs/NAME/round_NN/mine. Counts of several rounds are put together, each with its own
// answers. Prints one table.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/random.h"
#include "mining/mining_summary.h"
#include "mining/quality.h"
#include "review/consensus.h"
#include "review/queue.h"

namespace {

namespace fs = std::filesystem;
using namespace melomine;
using datasets::Verdict;

constexpr int kDraws = 10;  // of a random order or of mistakes
constexpr std::array<size_t, 4> kAnswers{25, 50, 100, 200};

struct Round {
  mining::MinedSet set;
  datasets::Truth truth;
  double relevant = 0;
};

struct Counts {
  double hits = 0, of = 0, found = 0, findable = 0;
  Counts& operator+=(const Counts& other) {
    hits += other.hits;
    of += other.of;
    found += other.found;
    findable += other.findable;
    return *this;
  }
  double precision() const { return hits / of; }
  double recall() const { return found / findable; }
};

struct Trial {
  review::Among among = review::Among::kUncertain;
  review::Order order = review::Order::kActive;
  size_t answers = 0;
  double mistakes = 0;
  uint64_t seed = 1;
};

Counts counts_of(const mining::MinedSet& set, const datasets::Truth& truth) {
  const auto quality = mining::quality_of(set, truth, {.resamples = 1});
  return {static_cast<double>(quality.relevant_precision.hits),
          static_cast<double>(quality.relevant_precision.of),
          static_cast<double>(quality.relevant_recall.hits), static_cast<double>(quality.relevant_recall.of)};
}

/// What becomes of pairs that nobody judged at another threshold.
enum class Rule {
  kSettled,     ///< what mining held uncertain above its threshold stays so
  kCorrelation  ///< by correlation alone
};

/// The set with the trial's verdicts, and the rest by a rule at another threshold.
mining::MinedSet at_threshold(const mining::MinedSet& judged, const Round& round, Rule rule,
                              double relevant) {
  mining::MinedSet set = judged;
  for (size_t i = 0; i < set.rows.size(); ++i) {
    datasets::FragmentRow& row = set.rows[i];
    if (row.audio_type == datasets::RecordingKind::kOriginal || row.verdict == Verdict::kAccepted ||
        row.verdict == Verdict::kRejected)
      continue;
    const bool is_held =
        round.set.rows[i].verdict == Verdict::kUncertain && row.correlation >= round.relevant;
    const bool is_relevant = row.correlation >= relevant && (rule == Rule::kCorrelation || !is_held);
    row.verdict = is_relevant ? Verdict::kRelevant : Verdict::kUncertain;
  }
  return set;
}

/// The highest threshold that keeps the recall, by the rule that gives the better precision there.
Counts at_equal_recall(const mining::MinedSet& judged, const Round& round, double found) {
  std::set<double> distinct;
  for (const auto& row : round.set.rows)
    if (row.audio_type != datasets::RecordingKind::kOriginal) distinct.insert(row.correlation);
  const std::vector<double> thresholds(distinct.begin(), distinct.end());
  Counts best;
  for (const Rule rule : {Rule::kSettled, Rule::kCorrelation}) {
    Counts at_rule;
    size_t low = 0, high = thresholds.size();  // recall is kept at low, not known to be at high
    while (low < high) {
      const size_t middle = (low + high) / 2;
      const Counts counts = counts_of(at_threshold(judged, round, rule, thresholds[middle]), round.truth);
      if (counts.found >= found) {
        at_rule = counts;
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (at_rule.of > 0 && (best.of == 0 || at_rule.precision() > best.precision())) best = at_rule;
  }
  return best;
}

mining::MinedSet judged_set(const Round& round, const Trial& trial) {
  auto queue = review::pairs_of(round.set.rows, trial.among);
  review::order_pairs(queue, {.order = trial.order, .relevant = round.relevant, .seed = trial.seed});
  RandomStream random({trial.seed, stream_id("mistakes")});
  std::vector<review::Judgement> judgements;
  for (size_t i = 0; i < std::min(trial.answers, queue.size()); ++i) {
    const review::Pair& pair = queue[i].pair;
    const bool right =
        mining::judge_pair(round.truth.of(pair.original_id, pair.recording_id), pair.original, pair.place)
            .correct;
    const bool same = right != random.chance(trial.mistakes);
    judgements.push_back({.pair = pair,
                          .reviewer = "truth",
                          .answer = same ? review::Answer::kSame : review::Answer::kDifferent});
  }
  mining::MinedSet set = round.set;
  review::apply_verdicts(set.rows, review::Consensus(judgements));
  return set;
}

struct Outcome {
  Counts at_own_recall;  ///< with the answers
  Counts reached;        ///< with the answers, at the round's own threshold
  Counts alone;          ///< without an answer, at the recall reached
};

Outcome outcome_of(const std::vector<Round>& rounds, Trial trial) {
  const bool varies = trial.order == review::Order::kRandom || trial.mistakes > 0;
  Outcome outcome;
  for (int draw = 0; draw < (varies ? kDraws : 1); ++draw) {
    trial.seed = static_cast<uint64_t>(draw) + 1;
    for (const Round& round : rounds) {
      const mining::MinedSet judged = judged_set(round, trial);
      const Counts reached = counts_of(judged, round.truth);
      outcome.at_own_recall += at_equal_recall(judged, round, counts_of(round.set, round.truth).found);
      outcome.reached += reached;
      outcome.alone += at_equal_recall(round.set, round, reached.found);
    }
  }
  return outcome;
}

std::string answers_a_point(size_t answers, double points) {
  return points >= 0.05 ? fmt::format("{:.0f}", static_cast<double>(answers) / points) : "-";
}

void print_trials(const std::vector<Round>& rounds, const Counts& before) {
  for (const auto among : {review::Among::kUncertain, review::Among::kAll})
    for (const double mistakes : {0.0, 0.1})
      for (const auto order : {review::Order::kActive, review::Order::kRandom})
        for (const size_t answers : kAnswers) {
          const Outcome outcome =
              outcome_of(rounds, {.among = among, .order = order, .answers = answers, .mistakes = mistakes});
          const double own = 100 * (outcome.at_own_recall.precision() - before.precision());
          const double reached = 100 * (outcome.reached.precision() - outcome.alone.precision());
          fmt::print(
              "| {} | {} | {:.0f} % | {} | {:.4f} | {:+.2f} | {} | {:.4f} | {:.4f} | {:.4f} | {:+.2f} | {} "
              "|\n",
              among == review::Among::kAll ? "all" : "uncertain",
              order == review::Order::kActive ? "active" : "random", 100 * mistakes, answers,
              outcome.at_own_recall.precision(), own, answers_a_point(answers, own), outcome.reached.recall(),
              outcome.reached.precision(), outcome.alone.precision(), reached,
              answers_a_point(answers, reached));
          std::fflush(stdout);
        }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Round> rounds;
  Counts before;
  for (int i = 1; i + 1 < argc; i += 2) {
    const fs::path folder = argv[i];
    rounds.push_back({.set = mining::read_mined_set(folder / mining::kMinedSetFile),
                      .truth = datasets::Truth(datasets::read_truth_table(argv[i + 1])),
                      .relevant = mining::read_summary(folder / mining::kSummaryFile).relevant});
    const Round& round = rounds.back();
    const Counts counts = counts_of(round.set, round.truth);
    // What β_rel alone may rise by before it costs recall is no merit of an answer.
    before += at_equal_recall(round.set, round, counts.found);
    fmt::print(
        "{}: {} pairs to review among the uncertain, {} among all; precision {:.4f} ({:.0f}/{:.0f}), recall "
        "{:.4f} ({:.0f}/{:.0f})\n",
        folder.string(), review::pairs_of(round.set.rows, review::Among::kUncertain).size(),
        review::pairs_of(round.set.rows, review::Among::kAll).size(), counts.precision(), counts.hits,
        counts.of, counts.recall(), counts.found, counts.findable);
  }
  if (rounds.empty()) {
    fmt::print(stderr, "usage: review_quality MINE_FOLDER TRUTH.csv [MINE_FOLDER TRUTH.csv ...]\n");
    return 2;
  }
  fmt::print("without an answer, at the highest β_rel of that recall: precision {:.4f} ({:.0f}/{:.0f})\n",
             before.precision(), before.hits, before.of);
  fmt::print(
      "| among | order | wrong answers | answers a round | precision at the round's recall | points | "
      "answers a point | recall "
      "reached | precision there | by β_rel alone | points | answers a point |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  print_trials(rounds, before);
  return 0;
}
