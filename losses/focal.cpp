#include "losses/focal.h"

#include "core/error.h"
#include "losses/classifier.h"

namespace melomine::losses {

void bind(configs::Binder& b, FocalConfig& c) {
  b.number("gamma", c.gamma, configs::at_least(0), "focusing γ; 0 is cross entropy");
  b.number("alpha", c.alpha, configs::above(0), "weight α of the whole");
}

configs::KindEntry focal_kind() {
  return configs::kind<LossKindOf<Focal, FocalConfig, LearnsFrom::kLabels>>(
      "focal", "classification of songs that plays down easy rows (Lin et al. 2017)");
}

Focal::Focal(const FocalConfig& config, const LossContext& context) : config_(config) {
  if (context.song_classes < 2)
    throw ConfigError("[focal] needs at least 2 song classes, got " + std::to_string(context.song_classes));
  const RandomStream random({context.seed, stream_id("focal")});
  weight_ =
      register_parameter("weight", classifier_weight(context.song_classes, context.embedding_dim, random));
}

torch::Tensor Focal::forward(const LossInput& input) {
  const auto songs = require_labels("focal", "songs", input.z, input.songs, weight_.size(0));
  return focal_cross_entropy(torch::mm(input.z, weight_.t()), songs, config_.gamma, config_.alpha);
}

}  // namespace melomine::losses
