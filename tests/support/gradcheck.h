#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <vector>

namespace melomine::testing {

/// Central differences of a scalar function, one element of `x` at a time. @param x  float64
inline torch::Tensor numeric_gradient(const std::function<torch::Tensor()>& function, torch::Tensor x,
                                      double step = 1e-5) {
  torch::NoGradGuard no_grad;
  auto gradient = torch::zeros(x.sizes(), torch::kFloat64);
  double* values = x.data_ptr<double>();
  double* slopes = gradient.data_ptr<double>();
  for (int64_t i = 0; i < x.numel(); ++i) {
    const double kept = values[i];
    values[i] = kept + step;
    const double above = function().item<double>();
    values[i] = kept - step;
    const double below = function().item<double>();
    values[i] = kept;
    slopes[i] = (above - below) / (2 * step);
  }
  return gradient;
}

/// Expects autograd's gradient of a scalar function to be the numeric one, for each of `inputs`: contiguous
/// float64 leaves that require gradients.
inline void expect_numeric_gradient(const std::function<torch::Tensor()>& function,
                                    const std::vector<torch::Tensor>& inputs, double tolerance = 1e-6) {
  for (auto input : inputs)
    if (input.grad().defined()) input.mutable_grad().zero_();
  function().backward();
  for (size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_TRUE(inputs[i].grad().defined()) << "input " << i << " is not in the graph";
    const auto expected = numeric_gradient(function, inputs[i]);
    const double scale = 1 + expected.abs().max().item<double>();
    EXPECT_LT((inputs[i].grad() - expected).abs().max().item<double>() / scale, tolerance) << "input " << i;
  }
}

}  // namespace melomine::testing
