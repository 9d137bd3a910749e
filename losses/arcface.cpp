#include "losses/arcface.h"

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "losses/classifier.h"

namespace melomine::losses {
namespace {

/// Keeps the slope of sin θ = sqrt(1 - cos² θ) finite at θ = 0.
constexpr double kSmallestSquaredSine = 1e-12;

}  // namespace

void bind(configs::Binder& b, ArcFaceConfig& c) {
  b.number("scale", c.scale, configs::above(0), "scale s of the logits");
  b.number("margin", c.margin, configs::between(0, std::numbers::pi), "angular margin m, radians");
  b.number("gamma", c.gamma, configs::at_least(0), "focal γ on the logits; 0 is cross entropy");
}

configs::KindEntry arcface_kind() {
  return configs::kind<LossKindOf<ArcFace, ArcFaceConfig, LearnsFrom::kLabels>>(
      "arcface", "softmax over songs with an angular margin (Deng et al. 2019)");
}

ArcFace::ArcFace(const ArcFaceConfig& config, const LossContext& context) : config_(config) {
  if (context.song_classes < 2)
    throw ConfigError("[arcface] needs at least 2 song classes, got " + std::to_string(context.song_classes));
  const RandomStream random({context.seed, stream_id("arcface")});
  weight_ =
      register_parameter("weight", classifier_weight(context.song_classes, context.embedding_dim, random));
}

torch::Tensor ArcFace::forward(const LossInput& input) {
  const auto songs = require_labels("arcface", "songs", input.z, input.songs, weight_.size(0));
  const double m = config_.margin;
  const auto unit_weight = torch::nn::functional::normalize(weight_);
  const auto cosine = torch::mm(input.z, unit_weight.t());
  const auto targets = songs.unsqueeze(1);
  const auto to_target = cosine.gather(1, targets);
  const auto sine = (1 - to_target.square()).clamp(kSmallestSquaredSine, 1).sqrt();
  const auto shifted = to_target * std::cos(m) - sine * std::sin(m);
  const auto with_margin =
      torch::where(to_target > std::cos(std::numbers::pi - m), shifted, to_target - m * std::sin(m));
  const auto logits = config_.scale * cosine.scatter(1, targets, with_margin);
  return focal_cross_entropy(logits, songs, config_.gamma, /*alpha=*/1);
}

}  // namespace melomine::losses
