#include "trainer/sgd.h"

#include <fmt/format.h>

#include "core/error.h"

namespace melomine::trainer {
namespace {

constexpr const char* kVelocity = ".momentum";

}  // namespace

void bind(configs::Binder& b, SgdConfig& c) {
  b.number("momentum", c.momentum, configs::Range{0, 1, false, true}, "share of the last step that goes on");
  b.boolean("nesterov", c.nesterov, "the gradient is taken where momentum leads");
  b.number("weight_decay", c.weight_decay, configs::at_least(0), "L2 penalty");
  b.require(!c.nesterov || c.momentum > 0, "nesterov", "needs momentum > 0");
}

configs::KindEntry sgd_kind() {
  return configs::kind<OptimizerKindOf<Sgd, SgdConfig>>("sgd", "stochastic gradient descent with momentum");
}

Sgd::Sgd(const SgdConfig& config, const std::vector<torch::Tensor>& parameters)
    : config_(config), parameters_(parameters), velocities_(parameters.size()) {
  if (config.nesterov && !(config.momentum > 0)) throw ConfigError("[sgd] nesterov needs momentum > 0");
}

void Sgd::step(double learning_rate, double gradient_scale) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    torch::Tensor& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    torch::Tensor slope = gradient_scale == 1 ? parameter.grad() : parameter.grad() * gradient_scale;
    if (config_.weight_decay > 0) slope = slope.add(parameter, config_.weight_decay);
    if (config_.momentum > 0) {
      torch::Tensor& velocity = velocities_[i];
      if (velocity.defined())
        velocity.mul_(config_.momentum).add_(slope);
      else
        velocity = torch::empty_like(parameter, torch::MemoryFormat::Preserve).copy_(slope);
      slope = config_.nesterov ? slope.add(velocity, config_.momentum) : velocity;
    }
    parameter.add_(slope, -learning_rate);
  }
}

size_t Sgd::index_of(const torch::Tensor& parameter) const {
  size_t i = 0;
  while (i < parameters_.size() && !parameters_[i].is_same(parameter)) ++i;
  return i;
}

models::TensorMap Sgd::state(const torch::nn::Module& module) const {
  models::TensorMap state;
  for (const auto& parameter : module.named_parameters()) {
    const size_t i = index_of(parameter.value());
    if (i < velocities_.size() && velocities_[i].defined())
      state.emplace(parameter.key() + kVelocity, velocities_[i]);
  }
  return state;
}

void Sgd::load_state(const torch::nn::Module& module, const models::TensorMap& state,
                     std::string_view source) {
  size_t known = 0;
  for (const auto& parameter : module.named_parameters()) {
    const auto found = state.find(parameter.key() + kVelocity);
    if (found == state.end()) continue;
    ++known;
    if (found->second.sizes() != parameter.value().sizes())
      throw DataError(source, "tensor " + found->first, "has another shape than its parameter");
  }
  if (known != state.size())
    throw DataError(
        source, "sgd",
        fmt::format("{} of {} tensors belong to no parameter here", state.size() - known, state.size()));
  const torch::NoGradGuard no_grad;
  for (const auto& parameter : module.named_parameters()) {
    const size_t i = index_of(parameter.value());
    if (i == velocities_.size()) continue;
    const auto found = state.find(parameter.key() + kVelocity);
    velocities_[i] =
        found == state.end()
            ? torch::Tensor()
            : torch::empty_like(parameter.value(), torch::MemoryFormat::Preserve).copy_(found->second);
  }
}

}  // namespace melomine::trainer
