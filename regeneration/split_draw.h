#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace melomine::regeneration {

/// How songs are dealt to training, validation and test.
struct SplitDraw {
  uint64_t seed = 1;
  double validation = 0.1, test = 0.1;  ///< shares of songs
};

/// "train", "validation" or "test". It depends on seed and song alone: who is missing other songs has the
/// same split of those that both have.
std::string drawn_split(const SplitDraw& draw, const std::string& song);

}  // namespace melomine::regeneration
