#include "trainer/train_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/random.h"
#include "models/batch_norm.h"
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

int64_t values_of(const std::vector<torch::Tensor>& tensors) {
  return std::accumulate(tensors.begin(), tensors.end(), int64_t{0},
                         [](int64_t sum, const torch::Tensor& tensor) { return sum + tensor.numel(); });
}

/// What ranks add up to tell each other that one was asked to stop, and by whom.
constexpr double kInterruptedCode = 1, kPreemptedCode = 1 << 20;

double code_of(StopRequest request) {
  return request == StopRequest::kNone          ? 0
         : request == StopRequest::kInterrupted ? kInterruptedCode
                                                : kPreemptedCode;
}

}  // namespace

Learner::Learner(std::shared_ptr<models::Encoder> encoder, std::shared_ptr<losses::WeightedLosses> losses,
                 const TrainConfig& config, uint64_t seed, std::shared_ptr<distributed::ProcessGroup> group,
                 std::unique_ptr<const embedding::ClipHearing> hearing)
    : encoder_(std::move(encoder)),
      losses_(std::move(losses)),
      config_(config),
      seed_(seed),
      device_(models::parse_device(config.device)),
      group_(std::move(group)),
      inputs_(std::make_unique<EncoderInputs>(device_, std::move(hearing))) {
  encoder_->to(device_);
  losses_->to(device_);
  parameters_ = encoder_->parameters();
  encoder_parameters_ = parameters_.size();
  for (const auto& parameter : losses_->parameters()) parameters_.push_back(parameter);
  if (std::none_of(parameters_.begin(), parameters_.end(), [](const auto& p) { return p.requires_grad(); }))
    throw ConfigError("train: no parameter of the encoder or of a loss can be trained: the module is frozen");
  optimizer_ = config.optimizer.method->make(parameters_);
  if (group_)
    bucket_ = torch::empty({values_of(parameters_) + 1}, parameters_.front().options().requires_grad(false));
}

torch::Tensor Learner::embed(const datasets::Batch& batch) {
  const torch::Tensor input = inputs_->take(batch);
  const models::AutocastGuard autocast(device_, config_.precision == Precision::kBfloat16);
  return encoder_->forward(input).to(torch::kFloat32);
}

torch::Tensor Learner::gather(const torch::Tensor& own, datasets::Batch& batch) {
  const int64_t dim = own.size(1);
  const auto begin = batch.domains.begin() + batch.rows.first;
  const auto domains = labels_of({begin, begin + batch.rows.size()}).to(own.options().requires_grad(false));
  std::vector<int64_t> rows;
  for (int r = 0; r < group_->size(); ++r)
    rows.push_back(distributed::block_of(batch.size, r, group_->size()).size());
  // What only the maker of an image knows travels beside its fingerprint.
  const auto all = group_->gather(torch::cat({own.detach(), domains.unsqueeze(1)}, 1).contiguous(), rows);
  const auto heard = all.select(1, dim).to(torch::kCPU, torch::kInt64).contiguous();
  batch.domains.assign(heard.data_ptr<int64_t>(), heard.data_ptr<int64_t>() + batch.size);
  const auto others = all.narrow(1, 0, dim);
  return torch::cat({others.narrow(0, 0, batch.rows.first), own,
                     others.narrow(0, batch.rows.end, batch.size - batch.rows.end)});
}

bool Learner::sum_gradients() {
  const torch::NoGradGuard no_grad;
  int64_t place = 0;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    // The gradient is the bucket's part from here on: nothing has to be copied back. On the processor
    // gradients come in the order of their sizes.
    const auto part = parameter.is_cpu() ? bucket_.narrow(0, place, parameter.numel()).view(parameter.sizes())
                                         : bucket_.as_strided(parameter.sizes(), parameter.strides(), place);
    // Losses see the whole batch on every rank: theirs are whole already, and rank 0's count.
    if (i < encoder_parameters_ || group_->is_first())
      part.copy_(parameter.grad());
    else
      part.zero_();
    parameter.mutable_grad() = part;
    place += parameter.numel();
  }
  bucket_[place] = code_of(stop_request());
  auto used = bucket_.narrow(0, 0, place + 1);
  group_->sum(used);
  const double codes = bucket_[place].item<double>();
  if (codes == 0) return false;
  request_stop(codes >= kPreemptedCode ? StopRequest::kPreempted : StopRequest::kInterrupted);
  return true;
}

StepResult Learner::step(datasets::Batch batch, double rate_factor) {
  const auto seed = [&](int rank) {
    const auto step = static_cast<uint64_t>(batch.step);
    models::seed_torch(rank == 0 ? RandomStream({seed_, step}).bits()
                                 : RandomStream({seed_, step, static_cast<uint64_t>(rank)}).bits());
  };
  encoder_->train();
  seed(group_ ? group_->rank() : 0);
  const models::SharedNorms norms(config_.ranks.batch_norm == RankNorms::kSynchronised ? group_.get()
                                                                                       : nullptr);
  torch::Tensor z = embed(batch);
  if (group_) {
    z = gather(z, batch);
    seed(0);  // what losses draw is one draw for all
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
  if (group_) result.stop_requested = sum_gradients();
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
