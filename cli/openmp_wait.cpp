#include "cli/openmp_wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace melomine::cli {
namespace {

constexpr std::array<const char*, 3> kVariables = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"};

bool is_set(const EnvironmentLookup& variable, const char* name) {
  const char* value = variable(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

std::vector<EnvironmentSetting> openmp_wait_settings(const EnvironmentLookup& variable) {
  if (std::any_of(kVariables.begin(), kVariables.end(),
                  [&](const char* name) { return is_set(variable, name); }))
    return {};
  // Rounds of libgomp's loop: fewer put threads to sleep between the operators of one step, more cost
  // time beside other processes (bench/train_beside_others.sh). KMP_BLOCKTIME is in milliseconds, 200 by
  // default.
  return {{"GOMP_SPINCOUNT", "10000"}, {"KMP_BLOCKTIME", "1"}};
}

std::string describe_openmp_wait(const EnvironmentLookup& variable, const char* ours) {
  std::string text;
  for (const char* name : kVariables) {
    if (is_set(variable, name)) text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, variable(name));
  }
  if (text.empty()) return "threads wait as the runtime chooses";
  return text + (ours != nullptr && text == ours ? ", chosen by melomine" : ", set in the environment");
}

}  // namespace melomine::cli
