#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "configs/binder.h"

namespace melomine::trainer {

/// A length of training, in epochs or in steps: "100e", "2000s". One type wherever a length is configured.
struct TrainingSpan {
  enum class Unit { kEpochs, kSteps };
  double count = 0;
  Unit unit = Unit::kEpochs;

  /// In steps, rounded to the nearest, given how many steps an epoch has.
  int64_t steps(int64_t steps_per_epoch) const;
  friend bool operator==(const TrainingSpan&, const TrainingSpan&) = default;
};

inline TrainingSpan epochs(double count) {
  return {count, TrainingSpan::Unit::kEpochs};
}
inline TrainingSpan steps(double count) {
  return {count, TrainingSpan::Unit::kSteps};
}

/// "100e", "0.5e", "2000s". @throws ConfigError for anything else
TrainingSpan parse_span(std::string_view text);
std::string to_string(const TrainingSpan& span);

/// Binds a span as a text field; 0 is allowed where `may_be_zero`, and switches off what it measures.
void bind_span(configs::Binder& b, std::string_view key, TrainingSpan& span, bool may_be_zero,
               std::string_view doc);

}  // namespace melomine::trainer
