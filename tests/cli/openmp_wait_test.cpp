#include "cli/openmp_wait.h"

#include <gtest/gtest.h>

#include <map>

namespace melomine::cli {
namespace {

EnvironmentLookup in(const std::map<std::string, std::string>& environment) {
  return [&environment](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
}

TEST(OpenMpWait, ThreadsSpinBrieflyInEveryRuntime) {
  const std::map<std::string, std::string> environment = {{"OMP_NUM_THREADS", "2"}, {"GOMP_SPINCOUNT", ""}};
  const auto settings = openmp_wait_settings(in(environment));
  ASSERT_EQ(settings.size(), 2U);
  EXPECT_EQ(settings[0].name + "=" + settings[0].value, "GOMP_SPINCOUNT=10000");
  EXPECT_EQ(settings[1].name + "=" + settings[1].value, "KMP_BLOCKTIME=1");
}

TEST(OpenMpWait, WhatTheUserSaysStays) {
  for (const char* name : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"}) {
    const std::map<std::string, std::string> environment = {{name, "1"}};
    EXPECT_TRUE(openmp_wait_settings(in(environment)).empty()) << name;
  }
}

TEST(OpenMpWait, NothingIsLeftToChooseInASecondStart) {
  std::map<std::string, std::string> environment;
  for (const auto& [name, value] : openmp_wait_settings(in(environment))) environment[name] = value;
  EXPECT_TRUE(openmp_wait_settings(in(environment)).empty());
}

TEST(OpenMpWait, TellsItsOwnChoiceFromTheUsers) {
  const char* ours = "GOMP_SPINCOUNT=10000 KMP_BLOCKTIME=1";
  EXPECT_EQ(describe_openmp_wait(in({}), nullptr), "threads wait as the runtime chooses");
  const std::map<std::string, std::string> chosen = {{"GOMP_SPINCOUNT", "10000"}, {"KMP_BLOCKTIME", "1"}};
  EXPECT_EQ(describe_openmp_wait(in(chosen), ours), std::string(ours) + ", chosen by melomine");
  EXPECT_EQ(describe_openmp_wait(in(chosen), nullptr), std::string(ours) + ", set in the environment");
  const std::map<std::string, std::string> passive = {{"OMP_WAIT_POLICY", "passive"}};
  EXPECT_EQ(describe_openmp_wait(in(passive), ours), "OMP_WAIT_POLICY=passive, set in the environment");
}

}  // namespace
}  // namespace melomine::cli
