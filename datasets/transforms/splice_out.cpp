#include "datasets/transforms/splice_out.h"

#include <algorithm>
#include <vector>

namespace melomine::datasets {
namespace {

class SpliceOut : public ClipEffect {
 public:
  SpliceOut(const SpliceOutConfig& config, RandomStream& random) {
    for (int64_t i = 0; i < config.intervals; ++i) cuts_.push_back({random.uniform(), config.samples});
  }
  void shape(ClipShape& shape) const override {
    shape.cuts.insert(shape.cuts.end(), cuts_.begin(), cuts_.end());
    std::stable_sort(shape.cuts.begin(), shape.cuts.end(),
                     [](const Cut& a, const Cut& b) { return a.position < b.position; });
  }

 private:
  std::vector<Cut> cuts_;
};

}  // namespace

void bind(configs::Binder& b, SpliceOutConfig& c) {
  b.integer("intervals", c.intervals, configs::between(0, 1000), "cuts taken out of a clip");
  b.integer("samples", c.samples, configs::at_least(0), "length of one cut, samples");
}

configs::KindEntry splice_out_kind() {
  return configs::kind<TransformKindOf<SpliceOut, SpliceOutConfig>>("splice_out",
                                                                    "short cuts taken out of a clip");
}

}  // namespace melomine::datasets
