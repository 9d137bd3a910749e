#include "regeneration/split_draw.h"

#include "core/random.h"

namespace melomine::regeneration {

std::string drawn_split(const SplitDraw& draw, const std::string& song) {
  const double place = RandomStream({draw.seed, stream_id("split"), stream_id(song)}).uniform();
  if (place < draw.test) return "test";
  return place < draw.test + draw.validation ? "validation" : "train";
}

}  // namespace melomine::regeneration
