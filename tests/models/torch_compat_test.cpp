#include "models/torch_compat.h"
#include "models/compute_threads.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/encoder.h"
#include "models/resnet.h"

namespace melomine::models {
namespace {

torch::ScalarType product_type() {
  return torch::mm(torch::ones({4, 4}), torch::ones({4, 4})).scalar_type();
}

TEST(AutocastGuard, LivesFromBraceToBrace) {
  EXPECT_EQ(product_type(), torch::kFloat32);
  {
    AutocastGuard outer(torch::kCPU, true);
    EXPECT_EQ(product_type(), torch::kBFloat16);
    {
      AutocastGuard inner(torch::kCPU, false);
      EXPECT_EQ(product_type(), torch::kFloat32);
    }
    EXPECT_EQ(product_type(), torch::kBFloat16);
  }
  EXPECT_EQ(product_type(), torch::kFloat32);
}

TEST(AutocastGuard, FingerprintsStayInSinglePrecision) {
  const auto encoder = make_encoder({.network = {"resnet18", ResNetConfig{.width = 8}}, .shape = {}}, 1);
  const auto x = torch::rand({4, 1, 84, 40});
  const auto exact = encoder->forward(x);
  AutocastGuard guard(torch::kCPU, true);
  const auto z = encoder->forward(x);
  EXPECT_EQ(z.scalar_type(), torch::kFloat32);
  EXPECT_LT((z.norm(2, 1) - 1).abs().max().item<double>(), 1e-6);
  EXPECT_GT((z * exact).sum(1).min().item<double>(), 0.98);
}

TEST(ComputeThreads, LiveFromBraceToBrace) {
  const int before = torch::get_num_threads();
  {
    const ComputeThreads three(3);
    EXPECT_EQ(torch::get_num_threads(), 3);
    {
      const ComputeThreads as_they_are(0);
      EXPECT_EQ(torch::get_num_threads(), 3);
      const ComputeThreads one(1);
      EXPECT_EQ(torch::get_num_threads(), 1);
    }
    EXPECT_EQ(torch::get_num_threads(), 3);
  }
  EXPECT_EQ(torch::get_num_threads(), before);
  EXPECT_THROW(ComputeThreads(-1), ConfigError);
  EXPECT_THROW(set_compute_threads(0), ConfigError);
  EXPECT_EQ(torch::get_num_threads(), before);
}

TEST(AutocastGuard, CastWeightsAreNotKeptPastItsEnd) {
  auto weight = torch::ones({4, 4}).requires_grad_();
  const auto product = [&] {
    AutocastGuard guard(torch::kCPU, true);
    return torch::mm(torch::ones({4, 4}), weight).sum().item<double>();
  };
  EXPECT_EQ(product(), 64);
  weight.data().fill_(2);
  EXPECT_EQ(product(), 128);
}

TEST(Device, IsParsedOrRefused) {
  EXPECT_EQ(parse_device("cpu"), torch::Device(torch::kCPU));
  for (const char* wrong : {"gpu", "cuda:", "cuda:x", "cuda:1000", "", "cpu:0"})
    EXPECT_THROW(parse_device(wrong), ConfigError) << wrong;
  EXPECT_THROW(parse_device("cuda:99"), ConfigError);
}

TEST(Threads, AreSet) {
  const int before = torch::get_num_threads();
  set_compute_threads(2);
  EXPECT_EQ(torch::get_num_threads(), 2);
  set_compute_threads(before);
  EXPECT_THROW(set_compute_threads(0), ConfigError);
}

}  // namespace
}  // namespace melomine::models
