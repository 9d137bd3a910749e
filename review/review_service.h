#pragma once

#include <functional>
#include <memory>
#include <string>

#include "review/clip.h"
#include "review/review_config.h"
#include "review/session.h"

namespace melomine::review {

/// The page of `melomine review` and its JSON interface (docs/review.md).
class ReviewService {
 public:
  /// Listens from here on. @param session, clips  outlive it @throws DataError where it cannot listen
  ReviewService(ReviewSession& session, const PairClips& clips, const ReviewConfig& config);
  /// Lets the answers under way be finished.
  ~ReviewService();
  ReviewService(const ReviewService&) = delete;
  ReviewService& operator=(const ReviewService&) = delete;

  int port() const;
  /// "http://127.0.0.1:8033/"
  std::string address() const;

 private:
  class Routes;
  std::unique_ptr<Routes> routes_;
};

/// Serves until the user asks to stop (core/cancellation.h), which is its usual end: it returns.
/// @param listening  is told the address once requests are answered
/// @throws as ReviewService
void run_review_service(ReviewSession& session, const PairClips& clips, const ReviewConfig& config,
                        const std::function<void(const std::string& address)>& listening);

}  // namespace melomine::review
