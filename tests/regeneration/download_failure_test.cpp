#include "regeneration/download_failure.h"

#include <gtest/gtest.h>

namespace melomine::regeneration {
namespace {

TEST(DownloadFailure, IsToldByWhatProgramsPrint) {
  const auto expect = [](const char* text, FailureKind kind, const char* reason) {
    const Failure failure = failure_of(text, false);
    EXPECT_EQ(failure.kind, kind) << text;
    EXPECT_EQ(failure.reason, reason) << text;
  };
  using enum FailureKind;
  expect("ERROR: [youtube] x: Video unavailable. This video has been removed by the uploader", kPermanent,
         "removed");
  expect("ERROR: [youtube] x: Private video. Sign in if you've been granted access", kPermanent, "private");
  expect("The uploader has not made this video available in your country", kPermanent, "blocked");
  expect("ERROR: unable to download video data: HTTP Error 404: Not Found", kPermanent, "removed");
  expect("ERROR: unable to download video data: HTTP Error 403: Forbidden", kTemporary, "forbidden");
  expect("HTTP Error 429: Too Many Requests", kThrottled, "throttled");
  expect("This content isn't available. The current session has been rate-limited by YouTube", kThrottled,
         "throttled");
  expect("Sign in to confirm you're not a bot. Use --cookies", kHuman, "human");
  expect("HTTP Error 503: Service Unavailable", kTemporary, "server");
  expect("<urlopen error [Errno -3] Temporary failure in name resolution>", kTemporary, "network");
  expect("Read timed out.", kTemporary, "time_out");
  expect("Traceback (most recent call last)", kTemporary, "exit_status");
  expect("", kTemporary, "exit_status");
  EXPECT_EQ(failure_of("HTTP Error 404", true).reason, "time_out");
}

TEST(DownloadFailure, NumbersInIdsMeanNothing) {
  EXPECT_EQ(failure_of("[youtube] a404-429bc: something else", false).reason, "exit_status");
  EXPECT_EQ(failure_of("[youtube] -404_: something else", false).reason, "exit_status");
}

}  // namespace
}  // namespace melomine::regeneration
