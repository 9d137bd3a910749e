#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

namespace melomine::experiments {

enum class StageKind {
  kMine,
  kTrain,
  kEvaluate,
};

/// Which settings of an experiment have to be those that its run was begun with.
enum class Compared {
  kAll,
  kModel,  ///< all but how it is evaluated, and on which device
};

struct StageTraits {
  StageKind kind;
  std::string_view name;  ///< of the stage's folder, its time in round.json, its command
  Compared compared;      ///< before it works in a run
};

inline constexpr std::array kStages = {
    StageTraits{StageKind::kMine, "mine", Compared::kAll},
    StageTraits{StageKind::kTrain, "train", Compared::kAll},
    StageTraits{StageKind::kEvaluate, "evaluate", Compared::kModel},
};

/// What a round is made of, in this order; round 0 mines nothing.
constexpr std::span<const StageTraits> all_stages() {
  return kStages;
}

constexpr const StageTraits& traits_of(StageKind kind) {
  return kStages.at(static_cast<size_t>(kind));
}
static_assert(std::all_of(kStages.begin(), kStages.end(),
                          [](const StageTraits& stage) { return &traits_of(stage.kind) == &stage; }),
              "the rows are in the order of the kinds");

inline std::string to_string(StageKind kind) {
  return std::string(traits_of(kind).name);
}

}  // namespace melomine::experiments
