#include "trainer/training_span.h"

#include <fmt/format.h>

#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace melomine::trainer {

namespace {

constexpr double kLongestSpan = 1e9;  // times steps an epoch, far inside 64 bits

}  // namespace

int64_t TrainingSpan::steps(int64_t steps_per_epoch) const {
  return std::llround(unit == Unit::kSteps ? count : count * static_cast<double>(steps_per_epoch));
}

TrainingSpan parse_span(std::string_view text) {
  const char unit = text.empty() ? '\0' : text.back();
  const auto count = parse<double>(text.substr(0, text.empty() ? 0 : text.size() - 1));
  if (!count || *count < 0 || *count > kLongestSpan || (unit != 'e' && unit != 's'))
    throw ConfigError(fmt::format(
        "'{}' is not a length of training; write 100e for epochs or 2000s for steps, at most 1e9 of them",
        text));
  return {*count, unit == 'e' ? TrainingSpan::Unit::kEpochs : TrainingSpan::Unit::kSteps};
}

std::string to_string(const TrainingSpan& span) {
  return format_number(span.count) + (span.unit == TrainingSpan::Unit::kEpochs ? "e" : "s");
}

void bind_span(configs::Binder& b, std::string_view key, TrainingSpan& span, bool may_be_zero,
               std::string_view doc) {
  std::string text = to_string(span);
  b.text(key, text, doc);
  try {
    span = parse_span(text);
    b.require(may_be_zero || span.count > 0, key, "must be longer than 0");
  } catch (const ConfigError& e) {
    b.require(false, key, e.what());
  }
}

}  // namespace melomine::trainer
