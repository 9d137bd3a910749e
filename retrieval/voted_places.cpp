#include "retrieval/voted_places.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

namespace melomine::retrieval {
namespace {

bool has_more_votes(const VotedPlace& a, const VotedPlace& b) {
  if (a.votes != b.votes) return a.votes > b.votes;
  return std::tie(a.variant, a.lag) < std::tie(b.variant, b.lag);
}

/// The best first, none about the lag of a better one.
void keep_apart(std::vector<VotedPlace>& places, const VoteLimits& limits) {
  std::sort(places.begin(), places.end(), has_more_votes);
  std::vector<VotedPlace> kept;
  for (const VotedPlace& place : places) {
    if (static_cast<int64_t>(kept.size()) >= limits.places) break;
    const bool is_near = std::any_of(kept.begin(), kept.end(), [&](const VotedPlace& other) {
      return other.variant == place.variant && std::abs(other.lag - place.lag) <= 2 * limits.drift_steps;
    });
    if (!is_near) kept.push_back(place);
  }
  places = std::move(kept);
}

}  // namespace

void Voting::add(int64_t variant, int64_t steps, std::span<const int64_t> heard,
                 std::span<const AnnIndex::Neighbour> found) {
  if (heard.empty()) return;
  const size_t neighbours = found.size() / heard.size();
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].number < 0) continue;
    const int64_t step = heard[i / neighbours];
    const auto next = std::upper_bound(first_steps_.begin(), first_steps_.end(), found[i].number);
    const int64_t reference = next - first_steps_.begin() - 1;
    const int64_t lag = found[i].number - first_steps_[static_cast<size_t>(reference)] - step;
    votes_.push_back({reference, variant, lag, step, found[i].similarity / static_cast<float>(steps)});
  }
}

void Voting::add_places(std::span<const Vote> votes, int64_t drift, std::vector<VotedPlace>& places) const {
  size_t begin = 0, end = 0;
  std::map<int64_t, float> best;  // of each step, about the lag
  for (size_t i = 0; i < votes.size(); ++i) {
    const int64_t lag = votes[i].lag;
    if (i > 0 && votes[i - 1].lag == lag) continue;
    while (votes[begin].lag < lag - drift) ++begin;
    while (end < votes.size() && votes[end].lag <= lag + drift) ++end;
    best.clear();
    for (size_t j = begin; j < end; ++j) {
      float& weight = best[votes[j].step];
      weight = std::max(weight, votes[j].weight);
    }
    VotedPlace place{.variant = votes[i].variant, .lag = lag, .votes = 0};
    for (const auto& [step, weight] : best) place.votes += weight;
    places.push_back(place);
  }
}

std::vector<Candidate> Voting::candidates(const VoteLimits& limits) {
  std::sort(votes_.begin(), votes_.end(), [](const Vote& a, const Vote& b) {
    return std::tie(a.reference, a.variant, a.lag, a.step) < std::tie(b.reference, b.variant, b.lag, b.step);
  });
  std::vector<Candidate> all;
  for (size_t begin = 0, end = 0; begin < votes_.size(); begin = end) {
    const Vote& first = votes_[begin];
    while (end < votes_.size() && votes_[end].reference == first.reference &&
           votes_[end].variant == first.variant)
      ++end;
    if (all.empty() || all.back().reference != first.reference)
      all.push_back({.reference = first.reference, .places = {}});
    add_places(std::span(votes_).subspan(begin, end - begin), limits.drift_steps, all.back().places);
  }
  for (Candidate& candidate : all) keep_apart(candidate.places, limits);
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.places.front().votes > b.places.front().votes;
  });
  if (static_cast<int64_t>(all.size()) > limits.candidates)
    all.resize(static_cast<size_t>(limits.candidates));
  return all;
}

}  // namespace melomine::retrieval
