#include "losses/domain_adversarial.h"

#include "core/error.h"
#include "losses/classifier.h"

namespace melomine::losses {
namespace {

struct GradientReversal : torch::autograd::Function<GradientReversal> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               double lambda) {
    context->saved_data["lambda"] = lambda;
    return x.view_as(x);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {gradients[0] * -context->saved_data["lambda"].toDouble(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor reverse_gradient(const torch::Tensor& x, double lambda) {
  return GradientReversal::apply(x, lambda);
}

void bind(configs::Binder& b, DomainAdversarialConfig& c) {
  b.number("lambda", c.lambda, configs::at_least(0), "λ of the gradient reversal");
  b.integer("hidden_dim", c.hidden_dim, configs::at_least(0), "classifier's hidden layer; 0: none");
}

configs::KindEntry domain_adversarial_kind() {
  return configs::kind<LossKindOf<DomainAdversarial, DomainAdversarialConfig, LearnsFrom::kLabels>>(
      "domain_adversarial", "an encoder that cannot tell humming from singing (Ganin and Lempitsky 2015)");
}

DomainAdversarial::DomainAdversarial(const DomainAdversarialConfig& config, const LossContext& context)
    : config_(config) {
  const int64_t domains = context.domains;
  if (domains < 2)
    throw ConfigError("[domain_adversarial] needs at least 2 domains, got " + std::to_string(domains));
  const RandomStream random({context.seed, stream_id("domain_adversarial")});
  int64_t features = context.embedding_dim;
  if (config.hidden_dim > 0) {
    hidden_weight_ =
        register_parameter("hidden_weight", classifier_weight(config.hidden_dim, features, random.child(0)));
    hidden_bias_ = register_parameter("hidden_bias", torch::zeros({config.hidden_dim}));
    features = config.hidden_dim;
  }
  weight_ = register_parameter("weight", classifier_weight(domains, features, random.child(1)));
  bias_ = register_parameter("bias", torch::zeros({domains}));
}

torch::Tensor DomainAdversarial::forward(const LossInput& input) {
  const auto domains =
      require_labels("domain_adversarial", "domains", input.z, input.domains, weight_.size(0));
  auto features = reverse_gradient(input.z, config_.lambda);
  if (hidden_weight_.defined()) features = torch::relu(torch::linear(features, hidden_weight_, hidden_bias_));
  const auto logits = torch::linear(features, weight_, bias_);
  return focal_cross_entropy(logits, domains, /*gamma=*/0, /*alpha=*/1);
}

}  // namespace melomine::losses
