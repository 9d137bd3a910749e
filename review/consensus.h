#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/fragment_groups.h"
#include "review/verdict_log.h"

namespace melomine::review {

/// Two pairs are the same where the fragment's ends differ by at most this …
inline constexpr double kSameFragment_s = 0.05;
/// … and the centres of the places by at most this: another round's encoder may shift a place a little.
inline constexpr double kSamePlace_s = 0.25;

/// What all reviewers say of a pair: of each the last answer, without those that were withdrawn.
struct Votes {
  std::map<std::string, Answer> by_reviewer;

  int64_t count(Answer answer) const;
  int64_t told() const { return count(Answer::kSame) + count(Answer::kDifferent); }
  /// Same or different, by more of the reviewers who could tell; nothing where as many say either.
  std::optional<Answer> majority() const;
};

/// How far reviewers say the same of the pairs that at least two of them could tell.
struct Agreement {
  int64_t pairs = 0;
  int64_t unanimous = 0;
  double alpha = 0;  ///< Krippendorff's α for two classes: 1 as one, 0 as chance; NaN where it is not defined
};

/// The answers of a file, by pair.
class Consensus {
 public:
  explicit Consensus(const std::vector<Judgement>& judgements);

  /// Empty where nobody has judged this pair.
  Votes votes(const Pair& pair) const;
  /// Over all pairs. Krippendorff 2011, "Computing Krippendorff's alpha-reliability", nominal data.
  Agreement agreement() const;
  /// Pairs that somebody judged.
  int64_t size() const;

 private:
  struct Judged {
    Pair pair;
    Votes votes;
  };
  using Recordings = std::pair<std::string, std::string>;  ///< original's and the other's

  std::map<Recordings, std::vector<Judged>> judged_;
};

/// What the reviewers' answers made of a table's matches.
struct AppliedVerdicts {
  int64_t accepted = 0, rejected = 0;
  int64_t tied = 0;  ///< as many said same as different: the verdict stays as it was
};

/// The pair of a match. @param original  the row of its group's original
Pair pair_of(const datasets::FragmentRow& original, const datasets::FragmentRow& match);

/// Sets the verdict of each match that most of its reviewers call the same to kAccepted, different to
/// kRejected, and its check_by_crowdsource. @param rows  of a mined table, each group's original first
AppliedVerdicts apply_verdicts(std::vector<datasets::FragmentRow>& rows, const Consensus& consensus);

}  // namespace melomine::review
