#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "embedding/device_effect.h"
#include "embedding/device_gaps.h"
#include "embedding/device_hum.h"
#include "embedding/device_low_pass.h"
#include "embedding/device_mix.h"
#include "embedding/device_reverb.h"

namespace melomine::embedding {

const std::vector<DeviceEffect>& device_effects() {
  // clang-format off
  static const std::vector<DeviceEffect> effects = {
      {.type = "hum", .sing = hummed},
      {.type = "low_pass", .sing = low_passed},
      {.type = "mix", .add = mixed},
      {.type = "noise", .add = noisy},
      {.type = "reverb", .sing = reverberated},
      {.type = "time_dropout", .sing = with_gaps},
      {.type = "trim", .sing = trimmed},
  };
  // clang-format on
  return effects;
}

const DeviceEffect& device_effect(const std::string& type) {
  const auto& effects = device_effects();
  const auto found = std::ranges::find(effects, type, &DeviceEffect::type);
  if (found == effects.end())
    throw ConfigError(
        fmt::format("augment: {} is not known on the device; leave it out, or set "
                    "front_end.augment_on_device: false",
                    type));
  return *found;
}

std::vector<std::string> device_effect_types() {
  std::vector<std::string> types;
  for (const DeviceEffect& effect : device_effects()) types.push_back(effect.type);
  return types;
}

}  // namespace melomine::embedding
