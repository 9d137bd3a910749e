#include "losses/focal.h"

#include "core/error.h"
#include "losses/classifier.h"

namespace melomine::losses {

void bind(configs::Binder& b, FocalConfig& c) {
  b.number("gamma", c.gamma, configs::at_least(0), "focusing γ; 0 is cross entropy");
  b.number("alpha", c.alpha, configs::above(0), "weight α of the whole");
}

Focal::Focal(const FocalConfig& config, int64_t embedding_dim, int64_t song_classes, uint64_t seed)
    : config_(config) {
  if (song_classes < 2)
    throw ConfigError("[focal] needs at least 2 song classes, got " + std::to_string(song_classes));
  const RandomStream random({seed, stream_id("focal")});
  weight_ = register_parameter("weight", classifier_weight(song_classes, embedding_dim, random));
}

torch::Tensor Focal::forward(const LossInput& input) {
  require_fingerprints("focal", input.z);
  require_labels("focal", "songs", input.z, input.songs, weight_.size(0));
  return focal_cross_entropy(torch::mm(input.z, weight_.t()), input.songs, config_.gamma, config_.alpha);
}

}  // namespace melomine::losses
