#include "models/batch_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/rank_threads.h"

namespace melomine::models {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;

constexpr int64_t kChannels = 3;

torch::nn::BatchNorm2d make_norm() {
  torch::nn::BatchNorm2d norm(kChannels);
  const torch::NoGradGuard no_graph;
  norm->weight.copy_(torch::tensor({0.5f, -2.0f, 1.5f}));
  norm->bias.copy_(torch::tensor({0.1f, 0.2f, -0.3f}));
  return norm;
}

/// What a training step of one norm makes.
struct Step {
  torch::Tensor y, x_gradient, weight_gradient, bias_gradient, running_mean, running_var;
};

Step step_of(const torch::Tensor& input, const torch::Tensor& slope, distributed::ProcessGroup* group) {
  auto norm = make_norm();
  auto x = input.clone().requires_grad_();
  const SharedNorms shared(group);
  auto y = batch_norm(*norm, x);
  (y * slope).sum().backward();
  return {y.detach(),        x.grad(),           norm->weight.grad(),
          norm->bias.grad(), norm->running_mean, norm->running_var};
}

bool is_close(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::allclose(a, b, /*rtol=*/1e-4, /*atol=*/1e-5);
}

TEST(BatchNorm, SharedByRanksIsThatOfTheWholeBatch) {
  torch::manual_seed(4);
  const auto x = torch::randn({7, kChannels, 5, 6}) * 3 + 100;  // far from 0: a naive variance loses digits
  const auto slope = torch::randn({7, kChannels, 5, 6});
  const Step whole = step_of(x, slope, nullptr);
  std::vector<Step> parts(3);
  const auto errors = testing::as_ranks(3, [&](const std::shared_ptr<distributed::ProcessGroup>& group) {
    const auto block = distributed::block_of(7, group->rank(), 3);
    const auto own = [&](const torch::Tensor& all) { return all.narrow(0, block.first, block.size()); };
    parts[static_cast<size_t>(group->rank())] = step_of(own(x), own(slope), group.get());
  });
  ASSERT_THAT(errors, Each(IsEmpty()));
  EXPECT_TRUE(is_close(torch::cat({parts[0].y, parts[1].y, parts[2].y}), whole.y));
  EXPECT_TRUE(is_close(torch::cat({parts[0].x_gradient, parts[1].x_gradient, parts[2].x_gradient}),
                       whole.x_gradient));
  EXPECT_TRUE(is_close(parts[0].weight_gradient + parts[1].weight_gradient + parts[2].weight_gradient,
                       whole.weight_gradient));
  EXPECT_TRUE(is_close(parts[0].bias_gradient + parts[1].bias_gradient + parts[2].bias_gradient,
                       whole.bias_gradient));
  for (const Step& part : parts) {
    EXPECT_TRUE(is_close(part.running_mean, whole.running_mean));
    EXPECT_TRUE(is_close(part.running_var, whole.running_var));
  }
}

TEST(BatchNorm, WithoutAGroupItIsTorchs) {
  const auto x = torch::randn({4, kChannels, 2, 3});
  auto one = make_norm(), other = make_norm();
  EXPECT_TRUE(torch::equal(batch_norm(*one, x), other->forward(x)));
  EXPECT_TRUE(torch::equal(one->running_var, other->running_var));
}

TEST(BatchNorm, InEvaluationNoRankIsAsked) {
  // Only one of two ranks computes: a question to the other would wait for it.
  const auto errors = testing::as_ranks(
      2,
      [](const std::shared_ptr<distributed::ProcessGroup>& group) {
        if (!group->is_first()) return;
        auto norm = make_norm();
        norm->eval();
        const SharedNorms shared(group.get());
        batch_norm(*norm, torch::randn({4, kChannels, 2, 3}));
      },
      5);
  EXPECT_THAT(errors, Each(IsEmpty()));
}

}  // namespace
}  // namespace melomine::models
