#include "core/version.h"

#include <gtest/gtest.h>

#include <regex>

namespace melomine {
namespace {

TEST(ToolVersion, IsTheNameAndTheNumberOfTheProject) {
  EXPECT_TRUE(std::regex_match(tool_version(), std::regex("melomine [0-9]+\\.[0-9]+\\.[0-9]+")))
      << tool_version();
}

}  // namespace
}  // namespace melomine
