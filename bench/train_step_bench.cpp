/// A training step of the vanilla ResNet18 (batch 32, 84x94): libtorch alone against melomine's pieces, with
/// where the time goes. Usage: train_step_bench [repeats] [threads] [width]
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "losses/weighted_losses.h"
#include "models/compute_threads.h"
#include "models/encoder.h"
#include "models/resnet.h"
#include "models/torch_compat.h"
#include "trainer/adam_step.h"

namespace melomine {
namespace {

namespace nn = torch::nn;
using Clock = std::chrono::steady_clock;
constexpr int64_t kBatch = 32, kBins = 84, kFrames = 94, kGroups = 8;

/// The bare network: torch::nn only, weights channels-last.
struct BareBlockImpl : nn::Module {
  BareBlockImpl(int64_t in, int64_t out, int64_t stride) {
    conv1 = register_module("conv1",
                            nn::Conv2d(nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false)));
    bn1 = register_module("bn1", nn::BatchNorm2d(out));
    conv2 = register_module("conv2", nn::Conv2d(nn::Conv2dOptions(out, out, 3).padding(1).bias(false)));
    bn2 = register_module("bn2", nn::BatchNorm2d(out));
    if (stride != 1 || in != out)
      down = register_module(
          "downsample", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, out, 1).stride(stride).bias(false)),
                                       nn::BatchNorm2d(out)));
  }
  torch::Tensor forward(torch::Tensor x) {
    auto y = bn1(conv1(x)).relu_();
    y = bn2(conv2(y));
    y += down.is_empty() ? x : down->forward(x);
    return y.relu_();
  }
  nn::Conv2d conv1{nullptr}, conv2{nullptr};
  nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  nn::Sequential down{nullptr};
};
TORCH_MODULE(BareBlock);

struct BareNetImpl : nn::Module {
  explicit BareNetImpl(int64_t width) {
    layers->push_back(nn::Conv2d(nn::Conv2dOptions(1, width, 7).stride(2).padding(3).bias(false)));
    layers->push_back(nn::BatchNorm2d(width));
    layers->push_back(nn::Functional([](torch::Tensor x) { return x.relu_(); }));
    layers->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)));
    for (int64_t stage = 0; stage < 4; ++stage)
      for (int64_t i = 0; i < 2; ++i)
        layers->push_back(BareBlock(i > 0 || stage == 0 ? width << stage : width << (stage - 1),
                                    width << stage, stage > 0 && i == 0 ? 2 : 1));
    register_module("layers", layers);
    fc = register_module("fc", nn::Linear(width << 3, 128));
    torch::NoGradGuard no_grad;
    for (auto& parameter : parameters())
      if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return nn::functional::normalize(fc(layers->forward(x).mean({2, 3})));
  }
  nn::Sequential layers;
  nn::Linear fc{nullptr};
};
TORCH_MODULE(BareNet);

double seconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Median and minimum, in ms, of each of several works, run in turn so that all see the same machine.
void compare(int repeats, const std::vector<std::pair<const char*, std::function<void()>>>& works) {
  std::vector<std::vector<double>> times(works.size());
  for (int repeat = -2; repeat < repeats; ++repeat)
    for (size_t i = 0; i < works.size(); ++i) {
      const double seconds = seconds_of(works[i].second);
      if (repeat >= 0) times[i].push_back(seconds);
    }
  double first = 0;
  for (size_t i = 0; i < works.size(); ++i) {
    std::sort(times[i].begin(), times[i].end());
    const double median = times[i][times[i].size() / 2] * 1e3;
    if (i == 0) first = median;
    std::printf("%-44s median %8.2f ms   min %8.2f ms   %6.3f of the first\n", works[i].first, median,
                times[i][0] * 1e3, median / first);
  }
}

int run(int repeats, int threads, int64_t width) {
  models::set_compute_threads(threads);
  torch::manual_seed(1);
  const auto images = torch::rand({kBatch, 1, kBins, kFrames}).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto groups = torch::arange(kBatch) % kGroups;
  const auto target = torch::rand({kBatch, 128});

  BareNet bare(width);
  torch::optim::Adam bare_adam(bare->parameters(), torch::optim::AdamOptions(1e-3));
  const auto encoder =
      models::make_encoder({.network = {"resnet18", models::ResNetConfig{.width = width}}, .shape = {}}, 1);
  torch::optim::Adam adam(encoder->parameters(), torch::optim::AdamOptions(1e-3));
  losses::LossConfig config;
  config.miner.miner.choose("multi_similarity");
  losses::WeightedLosses objective({config}, {});
  torch::Tensor z;
  compare(repeats,
          {{"libtorch alone: forward, backward, Adam",
            [&] {
              bare_adam.zero_grad();
              (bare->forward(images) * target).sum().backward();
              bare_adam.step();
            }},
           {"melomine: encoder, miner, NT-Xent, clip, Adam",
            [&] {
              adam.zero_grad();
              objective.forward(encoder->forward(images), {.groups = groups}).total.backward();
              nn::utils::clip_grad_norm_(encoder->parameters(), 1.0);
              adam.step();
            }},
           {"  encoder forward", [&] { z = encoder->forward(images); }},
           {"  miner, NT-Xent and their backward",
            [&] {
              const auto leaf = z.detach().requires_grad_();
              objective.forward(leaf, {.groups = groups}).total.backward();
            }},
           {"  encoder backward", [&] { (z * target).sum().backward(); }},
           {"  gradient_norm", [&] { trainer::gradient_norm(encoder->parameters()); }},
           {"  adam_step", [&] { trainer::adam_step(adam); }},
           {"  libtorch's clip_grad_norm_", [&] { nn::utils::clip_grad_norm_(encoder->parameters(), 1.0); }},
           {"  libtorch's Adam", [&] { adam.step(); }}});
  return 0;
}

}  // namespace
}  // namespace melomine

int main(int argc, char** argv) {
  const auto argument = [&](int i, int fallback) { return argc > i ? std::atoi(argv[i]) : fallback; };
  return melomine::run(std::max(1, argument(1, 15)), argument(2, 2), argument(3, 64));
}
