#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "review/consensus.h"
#include "review/queue.h"

namespace melomine::review {

/// How far a review has come.
struct ReviewProgress {
  int64_t pairs = 0;    ///< of the queue
  int64_t decided = 0;  ///< with enough votes and a majority
  int64_t same = 0;     ///< of the decided ones
  int64_t mine = 0;     ///< pairs that this reviewer judged or skipped
  Agreement agreement;
};

/// The queue of a round and what was said of it, by this process and by others that append to the same file
/// meanwhile. Several threads use it.
class ReviewSession {
 public:
  /// @param log     file of the verdicts; need not be there
  /// @param queue   in the order to be asked
  /// @param votes   reviewers who must have told before a pair is decided, at least 1
  ReviewSession(std::filesystem::path log, std::vector<QueuedPair> queue, int64_t votes);

  /// The next pair to ask a reviewer: first those that others judged and that lack votes or are tied, then
  /// those that nobody has judged, each in the queue's order. None that the reviewer has judged or skipped or
  /// that is decided; nothing where no pair is left.
  std::optional<QueuedPair> next(const std::string& reviewer);
  /// The same for one that comes after it, to be made ready meanwhile.
  std::optional<QueuedPair> after_next(const std::string& reviewer);
  /// @throws DataError for a pair that is not in the queue
  const QueuedPair& find(const std::string& id) const;
  /// Appends it to the file. @throws DataError as `find`, or where it cannot be written
  void judge(const std::string& id, const std::string& reviewer, Answer answer);
  ReviewProgress progress(const std::string& reviewer);
  const std::vector<QueuedPair>& queue() const { return queue_; }

 private:
  /// Pairs open to the reviewer, at most `count`.
  std::vector<const QueuedPair*> open_pairs(const std::string& reviewer, size_t count);
  /// Reads the file where it has grown.
  const Consensus& consensus();
  bool is_decided(const Votes& votes) const;

  std::filesystem::path log_;
  std::vector<QueuedPair> queue_;
  std::map<std::string, size_t> by_id_;
  int64_t votes_;
  std::mutex mutex_;
  uintmax_t read_bytes_ = 0;
  Consensus consensus_;
};

}  // namespace melomine::review
