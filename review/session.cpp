#include "review/session.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/utc_time.h"

namespace melomine::review {

ReviewSession::ReviewSession(std::filesystem::path log, std::vector<QueuedPair> queue, int64_t votes)
    : log_(std::move(log)), queue_(std::move(queue)), votes_(votes), consensus_({}) {
  for (size_t i = 0; i < queue_.size(); ++i) by_id_.emplace(queue_[i].id, i);
}

const Consensus& ReviewSession::consensus() {
  std::error_code absent;
  uintmax_t bytes = std::filesystem::file_size(log_, absent);
  if (absent) bytes = 0;
  if (bytes != read_bytes_) {
    consensus_ = Consensus(read_verdicts(log_).judgements);
    read_bytes_ = bytes;
  }
  return consensus_;
}

bool ReviewSession::is_decided(const Votes& votes) const {
  return votes.told() >= votes_ && votes.majority();
}

std::vector<const QueuedPair*> ReviewSession::open_pairs(const std::string& reviewer, size_t count) {
  const std::lock_guard lock(mutex_);
  const Consensus& consensus = this->consensus();
  std::vector<const QueuedPair*> begun, fresh;
  for (const QueuedPair& queued : queue_) {
    const Votes votes = consensus.votes(queued.pair);
    if (is_decided(votes) || votes.by_reviewer.contains(reviewer)) continue;
    auto& pairs = votes.told() > 0 ? begun : fresh;
    if (pairs.size() < count) pairs.push_back(&queued);
  }
  for (const QueuedPair* pair : fresh)
    if (begun.size() < count) begun.push_back(pair);
  return begun;
}

std::optional<QueuedPair> ReviewSession::next(const std::string& reviewer) {
  const auto open = open_pairs(reviewer, 1);
  return open.empty() ? std::nullopt : std::optional(*open.front());
}

std::optional<QueuedPair> ReviewSession::after_next(const std::string& reviewer) {
  const auto open = open_pairs(reviewer, 2);
  return open.size() < 2 ? std::nullopt : std::optional(*open.back());
}

const QueuedPair& ReviewSession::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) throw DataError(fmt::format("there is no pair '{}' in this review", id));
  return queue_[found->second];
}

void ReviewSession::judge(const std::string& id, const std::string& reviewer, Answer answer) {
  const QueuedPair& queued = find(id);
  append_verdict(log_, {.pair = queued.pair,
                        .reviewer = checked_reviewer(reviewer),
                        .answer = answer,
                        .time_utc = now_utc(),
                        .group_id = queued.group_id});
}

ReviewProgress ReviewSession::progress(const std::string& reviewer) {
  const std::lock_guard lock(mutex_);
  const Consensus& consensus = this->consensus();
  ReviewProgress progress{.pairs = static_cast<int64_t>(queue_.size()), .agreement = consensus.agreement()};
  for (const QueuedPair& queued : queue_) {
    const Votes votes = consensus.votes(queued.pair);
    progress.mine += votes.by_reviewer.contains(reviewer) ? 1 : 0;
    if (!is_decided(votes)) continue;
    ++progress.decided;
    progress.same += *votes.majority() == Answer::kSame ? 1 : 0;
  }
  return progress;
}

}  // namespace melomine::review
