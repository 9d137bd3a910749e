#pragma once

#include <string>
#include <string_view>

namespace melomine::regeneration {

/// What a failed download means for trying again.
enum class FailureKind {
  kPermanent,  ///< removed, private, blocked: another try would end alike
  kTemporary,  ///< time-outs, errors of the network, a file that is damaged
  kThrottled,  ///< the site asks for fewer requests: temporary, and all downloads wait
  kHuman,      ///< the site asks for a person: nothing more is to be tried now
};

struct Failure {
  FailureKind kind = FailureKind::kTemporary;
  std::string reason;  ///< a word: "removed", "private", "throttled", "time_out", …
};

/// Reads what a downloader printed, as yt-dlp and HTTP clients put it: numbers of HTTP as words of their own,
/// phrases whatever the case of their letters.
/// @param text       standard error and output
/// @param timed_out  whether it was killed at the time-out
Failure failure_of(std::string_view text, bool timed_out);

}  // namespace melomine::regeneration
