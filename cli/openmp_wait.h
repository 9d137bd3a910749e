#pragma once

#include <functional>
#include <string>
#include <vector>

namespace melomine::cli {

/// A variable that must be in the environment before the library that reads it is loaded.
struct EnvironmentSetting {
  std::string name, value;
};

/// The value of a variable of the environment, or null: std::getenv.
using EnvironmentLookup = std::function<const char*(const char*)>;

/// How long OpenMP's threads spin before they sleep. All of libtorch's threads wait for the slowest, and
/// libgomp's spin for milliseconds: beside other busy processes they take the processor from the thread they
/// wait for.
/// @returns settings for libgomp and for LLVM's and Intel's runtime, which ignore each other's; none when the
///          environment says anything about waiting already (OMP_WAIT_POLICY, GOMP_SPINCOUNT, KMP_BLOCKTIME)
std::vector<EnvironmentSetting> openmp_wait_settings(const EnvironmentLookup& variable);

/// What is in force and who chose it, for `--version`: "GOMP_SPINCOUNT=10000, chosen by melomine".
/// @param ours  value that melomine set and handed down, as name=value; may be null
std::string describe_openmp_wait(const EnvironmentLookup& variable, const char* ours);

}  // namespace melomine::cli
