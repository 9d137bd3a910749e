#include "core/work_share.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "core/error.h"

namespace melomine {
namespace {

TEST(ParseShare, TakesTheIndexAndTheCount) {
  EXPECT_EQ(parse_share("0/1"), (WorkShare{0, 1}));
  EXPECT_EQ(parse_share("11/12"), (WorkShare{11, 12}));
}

TEST(ParseShare, RefusesWhatIsNoWorkerSayingWhatIsOne) {
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
      parse_share(text);
      ADD_FAILURE() << "was taken";
    } catch (const ConfigError& e) {
      EXPECT_EQ(std::string(e.what()),
                "--worker must be r/n with 0 <= r < n, such as 0/3, got '" + std::string(text) + "'");
    }
  }
}

using Environment = std::map<std::string, std::string>;

std::optional<WorkShare> share_in(const Environment& environment) {
  return share_of_slurm_array([&](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

Environment array_task(const char* id, const char* min, const char* max, const char* count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", min},
          {"SLURM_ARRAY_TASK_MAX", max},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

std::string refusal_in(const Environment& environment) {
  try {
    share_in(environment);
    return "taken";
  } catch (const ConfigError& e) {
    return e.what();
  }
}

TEST(ShareOfSlurmArray, OutsideOfAnArrayThereIsNone) {
  EXPECT_FALSE(share_in({}));
  EXPECT_FALSE(share_in({{"SLURM_JOB_ID", "7"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}));
}

TEST(ShareOfSlurmArray, CountsFromTheFirstNumberOfTheArray) {
  EXPECT_EQ(share_in(array_task("0", "0", "7", "8")), (WorkShare{0, 8}));
  EXPECT_EQ(share_in(array_task("8", "1", "8", "8")), (WorkShare{7, 8}));
  EXPECT_EQ(share_in(array_task("3", "3", "3", "1")), (WorkShare{0, 1}));
  Environment steps = array_task("16", "10", "19", "4");  // --array=10-19:3
  steps["SLURM_ARRAY_TASK_STEP"] = "3";
  EXPECT_EQ(share_in(steps), (WorkShare{2, 4}));
}

TEST(ShareOfSlurmArray, HalfAnEnvironmentIsRefusedByName) {
  for (const char* missing : {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT"}) {
    Environment half = array_task("0", "0", "7", "8");
    half.erase(missing);
    EXPECT_NE(refusal_in(half).find(std::string(" is set and ") + missing + " is not"), std::string::npos)
        << refusal_in(half);
  }
}

TEST(ShareOfSlurmArray, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "x", "-1", "1.5", "4294967294 "})
    EXPECT_NE(refusal_in(array_task(text, "0", "7", "8")).find("SLURM_ARRAY_TASK_ID must be a whole number"),
              std::string::npos)
        << text;
}

TEST(ShareOfSlurmArray, RefusesNumbersThatLeaveGaps) {
  // --array=1,2,7: every task tells, also those whose own number would do.
  for (const char* id : {"1", "2", "7"})
    EXPECT_NE(refusal_in(array_task(id, "1", "7", "3")).find("must be evenly spaced"), std::string::npos)
        << id;
  EXPECT_NE(refusal_in(array_task("9", "0", "7", "8")).find("must be evenly spaced"), std::string::npos);
}

}  // namespace
}  // namespace melomine
