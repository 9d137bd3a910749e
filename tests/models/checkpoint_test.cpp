#include "models/checkpoint.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/atomic_file.h"
#include "core/error.h"
#include "models/encoder.h"
#include "models/resnet.h"
#include "tests/models/windows.h"
#include "tests/support/temp_folder.h"

namespace melomine::models {
namespace {

std::shared_ptr<Encoder> small(uint64_t seed) {
  return make_encoder({.network = {"resnet18", ResNetConfig{.width = 4}}, .shape = {.embedding_dim = 8}},
                      seed);
}
void step(Encoder& encoder, torch::optim::Optimizer& optimizer, int count) {
  for (int i = 0; i < count; ++i) {
    optimizer.zero_grad();
    encoder.forward(windows({6, 1, 32, 24})).select(1, i % 8).sum().backward();
    optimizer.step();
  }
}
void expect_equal(const TensorMap& a, const TensorMap& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
}
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DataError& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST(Checkpoint, KeepsEveryTypeAndShape) {
  testing::TempFolder folder;
  Checkpoint saved;
  for (const auto type : {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
                          torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool})
    saved.tensors[c10::toString(type)] = torch::arange(6).reshape({2, 3}).to(type);
  saved.tensors["scalar"] = torch::tensor(3.5);
  saved.tensors["empty"] = torch::empty({0, 3});
  saved.tensors["transposed"] = torch::arange(6.0).reshape({2, 3}).t();
  saved.metadata = {{"config", "a: 1\n"}, {"epoch", "3"}};
  save_checkpoint(folder / "x.safetensors", saved);
  const auto loaded = load_checkpoint(folder / "x.safetensors");
  expect_equal(saved.tensors, loaded.tensors);
  for (const auto& [name, tensor] : saved.tensors)
    EXPECT_EQ(tensor.scalar_type(), loaded.tensors.at(name).scalar_type());
  EXPECT_EQ(saved.metadata, loaded.metadata);
}

TEST(Checkpoint, OfOneEncoderHasOneFormOfBytes) {
  testing::TempFolder folder;
  save_checkpoint(folder / "1", {module_state(*small(1)), {}});
  auto other = small(2);
  load_module_state(*other, load_checkpoint(folder / "1").tensors, "1");
  save_checkpoint(folder / "2", {module_state(*other), {}});
  EXPECT_EQ(read_file(folder / "1"), read_file(folder / "2"));
}

TEST(Checkpoint, LoadingKeepsTheWeightsChannelsLast) {
  auto encoder = small(1);
  TensorMap contiguous;
  for (const auto& [name, tensor] : module_state(*small(2))) contiguous[name] = tensor.contiguous();
  load_module_state(*encoder, contiguous, "x");
  EXPECT_TRUE(
      module_state(*encoder).at("layer2.1.conv1.weight").is_contiguous(torch::MemoryFormat::ChannelsLast));
}

TEST(Checkpoint, LoadingIsStrictAndAllOrNothing) {
  auto encoder = small(1);
  const auto before = [&] {
    TensorMap copy;
    for (const auto& [name, tensor] : module_state(*encoder)) copy[name] = tensor.clone();
    return copy;
  }();
  auto state = module_state(*small(2));
  state.erase("bn1.bias");
  state["surplus"] = torch::zeros({1});
  state["fc.weight"] = torch::zeros({8, 31});
  state["fc.bias"] = torch::zeros({8}, torch::kInt64);
  const auto message = message_of([&] { load_module_state(*encoder, state, "old.safetensors"); });
  for (const char* part : {"old.safetensors", "missing: bn1.bias", "unexpected: surplus",
                           "fc.weight [8, 31] for [8, 32]", "fc.bias Long for Float"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
  expect_equal(before, module_state(*encoder));
}

TEST(Checkpoint, AdamGoesOnExactly) {
  testing::TempFolder folder;
  for (const bool amsgrad : {false, true}) {
    const auto options = torch::optim::AdamOptions(1e-2).amsgrad(amsgrad);
    auto straight = small(1);
    torch::optim::Adam straight_adam(straight->parameters(), options);
    step(*straight, straight_adam, 3);
    Checkpoint saved{with_prefix(module_state(*straight), "encoder."), {}};
    saved.tensors.merge(with_prefix(adam_state(straight_adam, *straight), "adam."));
    save_checkpoint(folder / "x", saved);
    step(*straight, straight_adam, 3);

    auto resumed = small(2);
    torch::optim::Adam resumed_adam(resumed->parameters(), options);
    step(*resumed, resumed_adam, 1);
    const auto loaded = load_checkpoint(folder / "x");
    load_module_state(*resumed, under_prefix(loaded.tensors, "encoder."), "x");
    load_adam_state(resumed_adam, *resumed, under_prefix(loaded.tensors, "adam."), "x");
    step(*resumed, resumed_adam, 3);
    expect_equal(module_state(*straight), module_state(*resumed));
    expect_equal(adam_state(straight_adam, *straight), adam_state(resumed_adam, *resumed));
  }
}

TEST(Checkpoint, AFreshAdamHasNoState) {
  auto encoder = small(1);
  torch::optim::Adam adam(encoder->parameters(), {1e-2});
  EXPECT_TRUE(adam_state(adam, *encoder).empty());
  step(*encoder, adam, 1);
  load_adam_state(adam, *encoder, {}, "x");
  EXPECT_TRUE(adam_state(adam, *encoder).empty());
}

TEST(Checkpoint, AdamStateOfAnotherNetworkIsRefused) {
  auto encoder = small(1);
  torch::optim::Adam adam(encoder->parameters(), {1e-2});
  step(*encoder, adam, 1);
  auto state = adam_state(adam, *encoder);
  state["other.exp_avg"] = torch::zeros({1});
  state["fc.bias.exp_avg"] = torch::zeros({1});
  const auto message = message_of([&] { load_adam_state(adam, *encoder, state, "x"); });
  EXPECT_NE(message.find("unexpected: other.exp_avg"), std::string::npos) << message;
  EXPECT_NE(message.find("fc.bias.exp_avg [1] for [8]"), std::string::npos) << message;
}

TEST(Checkpoint, PrefixesSeparateParts) {
  const TensorMap tensors{{"a", torch::ones({1})}, {"b.c", torch::zeros({1})}};
  auto both = with_prefix(tensors, "x.");
  both.merge(with_prefix(tensors, "xy."));
  EXPECT_EQ(both.size(), 4u);
  EXPECT_EQ(under_prefix(both, "x.").size(), 2u);
  expect_equal(under_prefix(both, "x."), tensors);
  EXPECT_TRUE(under_prefix(both, "z.").empty());
}

TEST(Checkpoint, ATypeTheFormatKnowsButWeDoNotIsNamed) {
  testing::TempFolder folder;
  const std::string header = R"({"w":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}})";
  const uint64_t length = header.size();
  write_file_atomically(folder / "x",
                        std::string(reinterpret_cast<const char*>(&length), 8) + header + "1234");
  const auto message = message_of([&] { load_checkpoint(folder / "x"); });
  EXPECT_NE(message.find("tensor w: has type U32"), std::string::npos) << message;
}

}  // namespace
}  // namespace melomine::models
