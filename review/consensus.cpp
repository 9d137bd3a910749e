#include "review/consensus.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace melomine::review {
namespace {

bool is_same_pair(const Pair& a, const Pair& b) {
  return std::abs(a.original.start_s - b.original.start_s) <= kSameFragment_s &&
         std::abs(a.original.end_s - b.original.end_s) <= kSameFragment_s &&
         std::abs(a.place.center_s() - b.place.center_s()) <= kSamePlace_s;
}

/// The same pair among those of two recordings; of several the one that lies nearest. Null where none is.
template <class AllJudged>
auto nearest_same(AllJudged& all, const Pair& pair) -> decltype(all.data()) {
  const auto distance = [&](const auto& other) {
    return std::abs(other.pair.place.center_s() - pair.place.center_s());
  };
  decltype(all.data()) nearest = nullptr;
  for (auto& other : all)
    if (is_same_pair(pair, other.pair) && (nearest == nullptr || distance(other) < distance(*nearest)))
      nearest = &other;
  return nearest;
}

}  // namespace

int64_t Votes::count(Answer answer) const {
  return std::count_if(by_reviewer.begin(), by_reviewer.end(),
                       [&](const auto& vote) { return vote.second == answer; });
}

std::optional<Answer> Votes::majority() const {
  const int64_t same = count(Answer::kSame), different = count(Answer::kDifferent);
  if (same == different) return std::nullopt;
  return same > different ? Answer::kSame : Answer::kDifferent;
}

Consensus::Consensus(const std::vector<Judgement>& judgements) {
  for (const Judgement& judgement : judgements) {
    auto& of_recordings = judged_[{judgement.pair.original_id, judgement.pair.recording_id}];
    Judged* known = nearest_same(of_recordings, judgement.pair);
    if (known == nullptr) known = &of_recordings.emplace_back(Judged{.pair = judgement.pair, .votes = {}});
    if (judgement.answer == Answer::kWithdrawn)
      known->votes.by_reviewer.erase(judgement.reviewer);
    else
      known->votes.by_reviewer[judgement.reviewer] = judgement.answer;
  }
}

Votes Consensus::votes(const Pair& pair) const {
  const auto found = judged_.find({pair.original_id, pair.recording_id});
  if (found == judged_.end()) return {};
  const Judged* judged = nearest_same(found->second, pair);
  return judged == nullptr ? Votes{} : judged->votes;
}

int64_t Consensus::size() const {
  int64_t pairs = 0;
  for (const auto& entry : judged_)
    pairs += std::count_if(entry.second.begin(), entry.second.end(),
                           [](const Judged& judged) { return !judged.votes.by_reviewer.empty(); });
  return pairs;
}

Agreement Consensus::agreement() const {
  Agreement agreement;
  std::array<double, 2> totals{};
  double values = 0, disagreeing = 0;
  for (const auto& entry : judged_)
    for (const Judged& judged : entry.second) {
      const auto same = static_cast<double>(judged.votes.count(Answer::kSame));
      const auto different = static_cast<double>(judged.votes.count(Answer::kDifferent));
      const double told = same + different;
      if (told < 2) continue;
      ++agreement.pairs;
      agreement.unanimous += same * different == 0 ? 1 : 0;
      totals[0] += same;
      totals[1] += different;
      values += told;
      disagreeing += 2 * same * different / (told - 1);
    }
  const double expected = 2 * totals[0] * totals[1];
  agreement.alpha =
      expected > 0 ? 1 - (values - 1) * disagreeing / expected : std::numeric_limits<double>::quiet_NaN();
  return agreement;
}

Pair pair_of(const datasets::FragmentRow& original, const datasets::FragmentRow& match) {
  return {.original_id = original.recording_id,
          .original = original.interval,
          .recording_id = match.recording_id,
          .place = match.interval};
}

AppliedVerdicts apply_verdicts(std::vector<datasets::FragmentRow>& rows, const Consensus& consensus) {
  AppliedVerdicts applied;
  const datasets::FragmentRow* original = nullptr;
  for (datasets::FragmentRow& row : rows) {
    if (row.audio_type == datasets::RecordingKind::kOriginal) {
      original = &row;
      continue;
    }
    if (original == nullptr || original->group_id != row.group_id) continue;
    const Votes votes = consensus.votes(pair_of(*original, row));
    const auto majority = votes.majority();
    if (!majority) {
      applied.tied += votes.told() > 0 ? 1 : 0;
      continue;
    }
    const bool same = *majority == Answer::kSame;
    row.verdict = same ? datasets::Verdict::kAccepted : datasets::Verdict::kRejected;
    row.check_by_crowdsource = true;
    ++(same ? applied.accepted : applied.rejected);
  }
  return applied;
}

}  // namespace melomine::review
