#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_command.h"

namespace melomine::testing {

/// Runs the melomine binary of this build (MELOMINE_BINARY, a compile definition) without a shell.
inline CommandResult run_melomine(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {MELOMINE_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_command(std::move(words));
}

/// The message of a failed command: for people, without traces of the program's insides.
inline void expect_refusal(const CommandResult& result, int status, const std::string& message) {
  using ::testing::HasSubstr;
  EXPECT_EQ(result.status, status) << result.output;
  EXPECT_THAT(result.output, HasSubstr(message));
  for (const char* inside : {"frame #", "std::", "c10::", "terminate called", "filesystem error", "what():"})
    EXPECT_THAT(result.output, ::testing::Not(HasSubstr(inside)));
}

}  // namespace melomine::testing
