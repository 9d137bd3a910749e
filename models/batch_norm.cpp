#include "models/batch_norm.h"

#include <vector>

#include "distributed/process_group.h"

namespace melomine::models {
namespace {

thread_local distributed::ProcessGroup* sharing_group = nullptr;

/// [C] as [1, C, 1, ...], to meet x.
torch::Tensor by_channel(const torch::Tensor& values, const torch::Tensor& x) {
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[1] = -1;
  return values.view(shape);
}

/// Normalised over the rows of all ranks (Ioffe and Szegedy 2015, algorithm 1). libtorch's own kernels do the
/// passes over x; means and variances of the ranks are put together in float64.
class NormOverRanks : public torch::autograd::Function<NormOverRanks> {
 public:
  /// @returns the normalised x, and without gradient mean, biased variance [C] and values a channel [1]
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const torch::Tensor& x, const torch::Tensor& weight,
                                                const torch::Tensor& bias, double eps,
                                                int64_t group_address) {
    auto& group = *reinterpret_cast<distributed::ProcessGroup*>(group_address);
    const int64_t channels = x.size(1);
    const auto own = torch::batch_norm_update_stats(x, {}, {}, /*momentum=*/0);
    const auto own_mean = std::get<0>(own).to(torch::kFloat64),
               own_variance = std::get<1>(own).to(torch::kFloat64);
    const double own_count = static_cast<double>(x.numel() / channels);
    auto sums = torch::cat({own_mean * own_count, (own_variance + own_mean.square()) * own_count,
                            torch::full({1}, own_count, own_mean.options())});
    group.sum(sums);
    const auto count = sums.narrow(0, 2 * channels, 1);
    const auto wide_mean = sums.narrow(0, 0, channels) / count;
    const auto mean = wide_mean.to(x.dtype());
    const auto variance =
        (sums.narrow(0, channels, channels) / count - wide_mean.square()).clamp_min(0).to(x.dtype());
    // In evaluation the kernel takes statistics as they are given.
    auto y = torch::batch_norm(x, weight, bias, mean, variance, /*training=*/false, /*momentum=*/0, eps,
                               /*cudnn_enabled=*/false);
    context->save_for_backward({x, weight, mean, variance, count});
    context->saved_data["group"] = group_address;
    context->saved_data["eps"] = eps;
    context->mark_non_differentiable({mean, variance, count});
    return {y, mean, variance, count};
  }

  /// What the kernel gives for statistics that do not depend on x, less what of it they take back.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto& group = *reinterpret_cast<distributed::ProcessGroup*>(context->saved_data["group"].toInt());
    const double eps = context->saved_data["eps"].toDouble();
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3], &count = saved[4];
    auto [x_gradient, weight_gradient, bias_gradient] = torch::native_batch_norm_backward(
        gradients[0], x, weight, mean, variance, {}, {}, /*train=*/false, eps, {true, true, true});
    const int64_t channels = x.size(1);
    auto sums = torch::cat({bias_gradient, weight_gradient}).to(torch::kFloat64);
    group.sum(sums);
    const auto means = (sums / count).to(x.dtype());
    const auto scale = (variance + eps).rsqrt();
    const auto slope = scale.square() * weight * means.narrow(0, channels, channels);
    const auto offset = scale * weight * means.narrow(0, 0, channels) - slope * mean;
    x_gradient.addcmul_(x, by_channel(slope, x), -1).sub_(by_channel(offset, x));
    return {x_gradient, weight_gradient, bias_gradient, torch::Tensor(), torch::Tensor()};
  }
};

template <class Norm>
torch::Tensor norm_over_ranks(Norm& norm, const torch::Tensor& x) {
  const auto made = NormOverRanks::apply(x, norm.weight, norm.bias, norm.options.eps(),
                                         reinterpret_cast<int64_t>(sharing_group));
  const torch::NoGradGuard no_graph;
  const double momentum = norm.options.momentum().value();
  const auto &mean = made[1], &variance = made[2], &count = made[3];
  norm.num_batches_tracked += 1;
  norm.running_mean.lerp_(mean, momentum);
  norm.running_var.lerp_(variance * (count / (count - 1)).to(variance.dtype()), momentum);
  return made[0];
}

template <class Norm>
torch::Tensor normed(Norm& norm, const torch::Tensor& x) {
  return sharing_group != nullptr && norm.is_training() ? norm_over_ranks(norm, x) : norm.forward(x);
}

}  // namespace

torch::Tensor batch_norm(torch::nn::BatchNorm1dImpl& norm, const torch::Tensor& x) {
  return normed(norm, x);
}

torch::Tensor batch_norm(torch::nn::BatchNorm2dImpl& norm, const torch::Tensor& x) {
  return normed(norm, x);
}

SharedNorms::SharedNorms(distributed::ProcessGroup* group) : before_(sharing_group) {
  sharing_group = group;
}

SharedNorms::~SharedNorms() {
  sharing_group = before_;
}

}  // namespace melomine::models
