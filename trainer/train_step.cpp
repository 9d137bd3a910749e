#include "trainer/train_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "models/torch_compat.h"
#include "trainer/adam_step.h"

namespace melomine::trainer {
namespace {

torch::Tensor labels_of(const std::vector<int64_t>& values) {
  return torch::tensor(values, torch::kInt64);
}

torch::Tensor mask_of(const std::vector<uint8_t>& values, int64_t rows) {
  return torch::tensor(values, torch::kUInt8).to(torch::kBool).view({rows, -1});
}

}  // namespace

Learner::Learner(std::shared_ptr<models::Encoder> encoder, std::shared_ptr<losses::WeightedLosses> losses,
                 const TrainConfig& config, uint64_t seed)
    : encoder_(std::move(encoder)),
      losses_(std::move(losses)),
      config_(config),
      seed_(seed),
      device_(models::parse_device(config.device)) {
  encoder_->to(device_);
  losses_->to(device_);
  parameters_ = encoder_->parameters();
  for (const auto& parameter : losses_->parameters()) parameters_.push_back(parameter);
  if (std::none_of(parameters_.begin(), parameters_.end(), [](const auto& p) { return p.requires_grad(); }))
    throw ConfigError("train: no parameter of the encoder or of a loss can be trained: the module is frozen");
  optimizer_ = config.optimizer.method->make(parameters_);
}

StepResult Learner::step(const datasets::Batch& batch, double rate_factor) {
  encoder_->train();
  models::seed_torch(RandomStream({seed_, static_cast<uint64_t>(batch.step)}).bits());
  const auto input = torch::from_blob(const_cast<float*>(batch.features.data()),
                                      {batch.size, 1, batch.bins, batch.frames}, torch::kFloat32)
                         .to(device_);
  torch::Tensor z;
  {
    const models::AutocastGuard autocast(device_, config_.precision == Precision::kBfloat16);
    z = encoder_->forward(input).to(torch::kFloat32);
  }
  const losses::LossReport report =
      losses_->forward(z, {.groups = labels_of(batch.groups),
                           .songs = labels_of(batch.songs),
                           .domains = labels_of(batch.domains),
                           .recordings = labels_of(batch.recordings),
                           .same_melody = mask_of(batch.same_melody, batch.size)});

  StepResult result;
  result.loss = report.total.item<double>();
  for (const auto& [name, value] : report.parts) {
    result.terms.emplace_back(name, value.item<double>());
    if (!std::isfinite(result.terms.back().second))
      throw DivergenceError(fmt::format("term {} is {}", name, result.terms.back().second));
  }
  // Undefined gradients let backward() hand over its own buffers instead of adding to zeros.
  for (auto& parameter : parameters_) parameter.mutable_grad() = torch::Tensor();
  report.total.backward();
  result.gradient_norm = trainer::gradient_norm(parameters_);
  if (!std::isfinite(result.gradient_norm))
    throw DivergenceError(fmt::format("the gradient's norm is {}", result.gradient_norm));
  optimizer_->step(config_.optimizer.learning_rate * rate_factor,
                   trainer::clip_scale(result.gradient_norm, config_.gradient_clip_norm));
  return result;
}

models::TensorMap Learner::state() const {
  const std::string& method = config_.optimizer.method.type();
  models::TensorMap all = models::with_prefix(models::module_state(*encoder_), "encoder.");
  all.merge(models::with_prefix(models::module_state(*losses_), "loss."));
  all.merge(models::with_prefix(optimizer_->state(*encoder_), method + "_encoder."));
  all.merge(models::with_prefix(optimizer_->state(*losses_), method + "_loss."));
  return all;
}

void Learner::load_state(const models::TensorMap& state, const std::string& source) {
  const std::string& method = config_.optimizer.method.type();
  models::load_module_state(*encoder_, models::under_prefix(state, "encoder."), source);
  models::load_module_state(*losses_, models::under_prefix(state, "loss."), source);
  optimizer_->load_state(*encoder_, models::under_prefix(state, method + "_encoder."), source);
  optimizer_->load_state(*losses_, models::under_prefix(state, method + "_loss."), source);
}

}  // namespace melomine::trainer
