#include "datasets/transforms/mix.h"

namespace melomine::datasets {
namespace {

class Mix : public ClipEffect {
 public:
  Mix(const MixConfig& config, RandomStream& random)
      : snr_db_(config.snr.draw(random)), other_(random.bits()) {}
  void add(std::span<float> clip, const ClipContext& context) const override {
    if (!context.other.empty()) mix_at_snr(clip, context.other, snr_db_);
  }
  std::optional<size_t> hears(size_t others) const override {
    return others == 0 ? std::nullopt : std::optional<size_t>(other_ % others);
  }
  std::vector<double> numbers() const override { return {snr_db_}; }

 private:
  double snr_db_;
  uint64_t other_;
};

}  // namespace

void bind(configs::Binder& b, MixConfig& c) {
  bind_snr(b, c.snr);
}

configs::KindEntry mix_kind() {
  return configs::kind<TransformKindOf<Mix, MixConfig>>(
      "mix", "another clip of the batch, of another song, is added");
}

}  // namespace melomine::datasets
