#include "sweeps/failure.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "core/exit_status.h"
#include "core/text.h"

namespace melomine::sweeps {
namespace {

constexpr std::string_view kProgram = "melomine: ";

/// The last line that begins with the program's name, else the last that says anything.
std::string error_line(const std::string& printed) {
  std::istringstream lines(printed);
  std::string last, named;
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(line.rfind('\r') + 1);
    const std::string text(trimmed(line));
    if (!text.empty()) last = text;
    if (text.starts_with(kProgram)) named = text.substr(kProgram.size());
  }
  return named.empty() ? last : named;
}

bool says_any(const std::string& line, const std::vector<std::string_view>& words) {
  const std::string lower = lower_case(line);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string reason_of(const ChildResult& result, const std::string& error) {
  if (result.signal != 0) return "signal";
  if (result.exit_status == kExitWrongUse) return "config";
  if (result.exit_status == kExitInterrupted || result.exit_status == kExitRequeue) return "interrupted";
  if (says_any(error, {"out of memory", "bad_alloc", "can't allocate memory", "cannot allocate memory"}))
    return "oom";
  if (says_any(error, {"no space left", "disk quota", "file too large", "read-only file system"}))
    return "disk";
  if (says_any(error, {"not finite", "diverge"})) return "nan";
  return result.exit_status == kExitFailed ? "data" : "other";
}

}  // namespace

Failure failure_of(const ChildResult& result, const std::string& printed) {
  Failure failure;
  failure.ending = result.ending();
  failure.error = error_line(printed);
  failure.reason = reason_of(result, failure.error);
  return failure;
}

const std::vector<std::string>& failure_reasons() {
  static const std::vector<std::string> reasons = {"config", "data",   "disk",        "nan",
                                                   "oom",    "signal", "interrupted", "other"};
  return reasons;
}

}  // namespace melomine::sweeps
