#include "trainer/adam_step.h"

#include <cmath>

#include "models/torch_compat.h"
#include "trainer/adam_kernel.h"

namespace melomine::trainer {
namespace {

using torch::optim::AdamOptions;
using torch::optim::AdamParamState;

bool dense_float_on_cpu(const torch::Tensor& tensor) {
  return tensor.layout() == torch::kStrided && tensor.is_cpu() && tensor.scalar_type() == torch::kFloat32 &&
         tensor.is_non_overlapping_and_dense();
}

/// Whether all of this optimizer's work can be done by adam_kernel.
bool kernel_applies(torch::optim::Adam& optimizer) {
  for (const auto& group : optimizer.param_groups()) {
    if (static_cast<const AdamOptions&>(group.options()).amsgrad()) return false;
    for (const auto& parameter : group.params()) {
      if (!dense_float_on_cpu(parameter)) return false;
      const auto& gradient = parameter.grad();
      if (gradient.defined() && (gradient.layout() != torch::kStrided ||
                                 gradient.scalar_type() != torch::kFloat32 || !gradient.is_cpu()))
        return false;
    }
  }
  return true;
}

/// The tensor itself when its elements lie in memory as the parameter's do, else a copy that does.
torch::Tensor laid_out_as(const torch::Tensor& parameter, const torch::Tensor& tensor) {
  if (tensor.strides() == parameter.strides()) return tensor;
  return torch::empty_like(parameter, torch::MemoryFormat::Preserve).copy_(tensor);
}

/// Of channels-last weights [O, I, H, W], whose gradient libtorch gives in the order of its sizes.
bool is_transposed(const torch::Tensor& parameter, const torch::Tensor& gradient) {
  return parameter.dim() == 4 && parameter.is_contiguous(torch::MemoryFormat::ChannelsLast) &&
         gradient.is_contiguous() && gradient.strides() != parameter.strides();
}

AdamParamState& state_of(torch::optim::Adam& optimizer, const torch::Tensor& parameter) {
  auto& slot = optimizer.state()[models::optimizer_state_key(parameter)];
  if (!slot) {
    auto fresh = std::make_unique<AdamParamState>();
    fresh->step(0);
    fresh->exp_avg(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
    fresh->exp_avg_sq(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
    slot = std::move(fresh);
  }
  auto& state = static_cast<AdamParamState&>(*slot);
  state.exp_avg(laid_out_as(parameter, state.exp_avg()));
  state.exp_avg_sq(laid_out_as(parameter, state.exp_avg_sq()));
  return state;
}

void step_parameter(torch::optim::Adam& optimizer, const AdamOptions& options, const torch::Tensor& parameter,
                    double gradient_scale) {
  auto& state = state_of(optimizer, parameter);
  state.step(state.step() + 1);
  const auto [beta1, beta2] = options.betas();
  const auto step = static_cast<double>(state.step());
  const AdamFactors factors{
      .gradient_scale = static_cast<float>(gradient_scale),
      .weight_decay = static_cast<float>(options.weight_decay()),
      .beta1 = static_cast<float>(beta1),
      .beta2 = static_cast<float>(beta2),
      .one_minus_beta1 = static_cast<float>(1 - beta1),
      .one_minus_beta2 = static_cast<float>(1 - beta2),
      .epsilon = static_cast<float>(options.eps()),
      .step_size = static_cast<float>(options.lr() / (1 - std::pow(beta1, step))),
      .root_of_second_correction = static_cast<float>(std::sqrt(1 - std::pow(beta2, step)))};
  AdamLayout layout{.columns = parameter.numel()};
  torch::Tensor gradient = parameter.grad();
  if (is_transposed(parameter, gradient)) {
    const int64_t places = parameter.size(2) * parameter.size(3), channels = parameter.size(1);
    if (places > 1 && channels > 1)  // else both orders are one
      layout = {.blocks = parameter.size(0), .rows = places, .columns = channels, .transposed = true};
  } else {
    gradient = laid_out_as(parameter, gradient);
  }
  adam_kernel(parameter.data_ptr<float>(), gradient.data_ptr<float>(), state.exp_avg().data_ptr<float>(),
              state.exp_avg_sq().data_ptr<float>(), layout, factors, torch::get_num_threads());
  parameter.unsafeGetTensorImpl()->bump_version();  // autograd must notice that saved weights are gone
}

}  // namespace

double gradient_norm(const std::vector<torch::Tensor>& parameters) {
  torch::NoGradGuard no_grad;
  double sum = 0;
  torch::Tensor elsewhere;  // one scalar on the device, read once
  for (const auto& parameter : parameters) {
    const auto& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    if (dense_float_on_cpu(gradient)) {
      sum += sum_of_squares(gradient.data_ptr<float>(), gradient.numel(), torch::get_num_threads());
    } else {
      const auto part = gradient.to(torch::kFloat64).square().sum();
      elsewhere = elsewhere.defined() ? elsewhere + part : part;
    }
  }
  return std::sqrt(sum + (elsewhere.defined() ? elsewhere.item<double>() : 0.0));
}

double clip_scale(double norm, double max_norm) {
  return max_norm > 0 && norm > max_norm ? max_norm / norm : 1;
}

void adam_step(torch::optim::Adam& optimizer, double gradient_scale) {
  torch::NoGradGuard no_grad;
  if (!kernel_applies(optimizer)) {
    for (const auto& group : optimizer.param_groups())
      for (const auto& parameter : group.params())
        if (gradient_scale != 1 && parameter.grad().defined()) parameter.mutable_grad().mul_(gradient_scale);
    optimizer.step();
    return;
  }
  for (const auto& group : optimizer.param_groups())
    for (const auto& parameter : group.params())
      if (parameter.grad().defined())
        step_parameter(optimizer, static_cast<const AdamOptions&>(group.options()), parameter,
                       gradient_scale);
}

}  // namespace melomine::trainer
