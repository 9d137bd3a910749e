#include "experiments/mining_job.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace melomine::experiments {
namespace {

TEST(ParseWorker, TakesTheIndexAndTheCount) {
  const MiningWorker single = parse_worker("0/1");
  EXPECT_EQ(single.index, 0);
  EXPECT_EQ(single.count, 1);
  const MiningWorker last = parse_worker("11/12");
  EXPECT_EQ(last.index, 11);
  EXPECT_EQ(last.count, 12);
}

TEST(ParseWorker, RefusesWhatIsNoWorkerSayingWhatIsOne) {
  for (const char* text : {"",
                           "/",
                           "0",
                           "0/",
                           "/3",
                           "x",
                           "3/3",
                           "4/3",
                           "-1/2",
                           "0/0",
                           "0/-1",
                           "0/3x",
                           "0/3/4",
                           " 0/3",
                           "0 /3",
                           "0/ 3",
                           "+0/3",
                           "0.5/3",
                           "0/99999999999999999999",
                           "99999999999999999999/3"}) {
    SCOPED_TRACE(text);
    try {
      parse_worker(text);
      ADD_FAILURE() << "was taken";
    } catch (const ConfigError& e) {
      EXPECT_EQ(std::string(e.what()),
                "--worker must be r/n with 0 <= r < n, such as 0/3, got '" + std::string(text) + "'");
    }
  }
}

}  // namespace
}  // namespace melomine::experiments
