#include "core/work_share.h"

#include <fmt/format.h>

#include <array>

#include "core/error.h"
#include "core/text.h"

namespace melomine {
namespace {

using Lookup = std::function<const char*(const char*)>;

constexpr const char* kId = "SLURM_ARRAY_TASK_ID";
constexpr const char* kMin = "SLURM_ARRAY_TASK_MIN";
constexpr const char* kMax = "SLURM_ARRAY_TASK_MAX";
constexpr const char* kStep = "SLURM_ARRAY_TASK_STEP";
constexpr const char* kCount = "SLURM_ARRAY_TASK_COUNT";

int64_t number_of(const char* name, const char* text) {
  if (const auto number = parse<int64_t>(text); number && *number >= 0) return *number;
  throw ConfigError(
      fmt::format("{} must be a whole number >= 0, got '{}'; --worker r/n says it in its place", name, text));
}

int64_t number_or(int64_t otherwise, const char* name, const Lookup& variable) {
  const char* text = variable(name);
  return text == nullptr ? otherwise : number_of(name, text);
}

}  // namespace

WorkShare parse_share(const std::string& text) {
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    const auto index = parse<int64_t>(text.substr(0, slash)), count = parse<int64_t>(text.substr(slash + 1));
    if (index && count && 0 <= *index && *index < *count) return {*index, *count};
  }
  throw ConfigError(fmt::format("--worker must be r/n with 0 <= r < n, such as 0/3, got '{}'", text));
}

std::optional<WorkShare> share_of_slurm_array(const Lookup& variable) {
  constexpr std::array kNeeded = {kId, kMin, kCount};
  const char* given = nullptr;
  for (const char* name : kNeeded)
    if (variable(name) != nullptr) given = name;
  if (given == nullptr) return std::nullopt;
  for (const char* name : kNeeded)
    if (variable(name) == nullptr)
      throw ConfigError(fmt::format(
          "{} is set and {} is not: half a job array; set it too, or say --worker r/n", given, name));
  const int64_t id = number_of(kId, variable(kId)), first = number_of(kMin, variable(kMin));
  const int64_t count = number_of(kCount, variable(kCount)), step = number_or(1, kStep, variable);
  const int64_t last = number_or(first + step * (count - 1), kMax, variable), from_first = id - first;
  const bool even = step > 0 && count > 0 && last - first == step * (count - 1);
  if (!even || from_first < 0 || from_first % step != 0 || from_first / step >= count)
    throw ConfigError(fmt::format(
        "{} = {} of {} tasks from {} to {} in steps of {}: the numbers of the array must be evenly spaced, "
        "as in --array=0-7; or say --worker r/n",
        kId, id, count, first, last, step));
  return WorkShare{from_first / step, count};
}

}  // namespace melomine
