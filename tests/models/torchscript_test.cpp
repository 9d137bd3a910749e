#include "models/torchscript.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/sha256.h"
#include "models/checkpoint.h"
#include "models/torch_compat.h"
#include "tests/models/windows.h"
#include "tests/support/scripted_network.h"
#include "tests/support/temp_folder.h"

namespace melomine::models {
namespace {

torch::Tensor small_windows() {
  return windows({4, 1, 20, 16});
}

EncoderConfig scripted(const std::filesystem::path& path, const std::string& sha256 = "") {
  return {.network = {"torchscript", TorchScriptConfig{.path = path.string(), .sha256 = sha256}},
          .shape = {.embedding_dim = testing::kScriptedDim}};
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

class TorchScript : public ::testing::Test {
 protected:
  TorchScript() { testing::save_scripted_network(path_, 1); }
  testing::TempFolder folder_;
  const std::filesystem::path path_ = folder_ / "net.pt";
};

TEST_F(TorchScript, GivesWhatItsCodeSaysAsUnitRows) {
  const auto encoder = make_encoder(scripted(path_), 3);
  encoder->eval();
  const auto x = small_windows();
  const auto state = module_state(*encoder);
  const auto expected =
      torch::linear(torch::relu(torch::conv2d(x, state.at("stem.weight"))).mean({2, 3}), state.at("weight"));
  const auto z = encoder->forward(x);
  EXPECT_LT((z - torch::nn::functional::normalize(expected)).abs().max().item<double>(), 1e-6);
  EXPECT_LT((z.norm(2, 1) - 1).abs().max().item<double>(), 1e-6);
  EXPECT_EQ(encoder->embedding_dim(), testing::kScriptedDim);
}

TEST_F(TorchScript, IsTrainedWhereItsParametersRequireAGradient) {
  const auto encoder = make_encoder(scripted(path_), 3);
  EXPECT_EQ(parameter_count(*encoder), 6 * 9 + 6 * testing::kScriptedDim + testing::kScriptedDim);
  (encoder->forward(small_windows()) * torch::rand({4, testing::kScriptedDim})).sum().backward();
  for (const auto& parameter : encoder->named_parameters())
    EXPECT_EQ(parameter.value().grad().defined(), parameter.key() != "frozen") << parameter.key();
}

TEST_F(TorchScript, IsToldWhetherItTrains) {
  const auto encoder = make_encoder(scripted(path_), 3);
  const auto drawn = [&](uint64_t seed) {
    seed_torch(seed);
    return encoder->forward(small_windows());  // which seeds, too
  };
  encoder->train();
  const auto x = small_windows();
  seed_torch(1);
  const auto first = encoder->forward(x);
  seed_torch(2);
  EXPECT_FALSE(torch::equal(first, encoder->forward(x))) << "no dropout in training";
  encoder->eval();
  EXPECT_TRUE(torch::equal(drawn(1), drawn(2)));
}

TEST_F(TorchScript, GivesTheSameBytesAtEveryCall) {
  const auto encoder = make_encoder(scripted(path_), 3);
  const auto x = small_windows();
  torch::Tensor first_z, first_slope;
  for (int call = 0; call < 4; ++call) {
    encoder->zero_grad();
    seed_torch(9);
    const auto z = encoder->forward(x);
    z.select(1, 0).sum().backward();
    const auto slope = encoder->named_parameters()["stem.weight"].grad().clone();
    if (call == 0) {
      first_z = z.detach().clone();
      first_slope = slope;
    }
    EXPECT_TRUE(torch::equal(z, first_z)) << call;
    EXPECT_TRUE(torch::equal(slope, first_slope)) << call;
  }
}

TEST_F(TorchScript, ACheckpointHoldsItsWeights) {
  const auto trained = make_encoder(scripted(path_), 0), other = make_encoder(scripted(path_), 0);
  {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : trained->parameters()) parameter.add_(0.25);
  }
  trained->eval();
  other->eval();
  EXPECT_FALSE(torch::equal(trained->forward(small_windows()), other->forward(small_windows())));
  save_checkpoint(folder_ / "x", {module_state(*trained), {}});
  load_module_state(*other, load_checkpoint(folder_ / "x").tensors, "x");
  EXPECT_TRUE(torch::equal(trained->forward(small_windows()), other->forward(small_windows())));
}

TEST_F(TorchScript, PinsTheFileThatItIsMadeOf) {
  EncoderConfig config = scripted(path_);
  config.network->pin();
  EXPECT_EQ(config.network.settings<TorchScriptConfig>().sha256, sha256_of_file(path_));
  EXPECT_EQ(config.network->files(), std::vector<std::filesystem::path>{path_});
  EXPECT_NO_THROW(make_encoder(config, 0));
  testing::save_scripted_network(path_, 2);
  const auto message = message_of([&] { make_encoder(config, 0); });
  EXPECT_NE(message.find("another module"), std::string::npos) << message;
  EXPECT_NE(message.find(sha256_of_file(path_)), std::string::npos) << message;
}

TEST_F(TorchScript, RefusesWhatIsNoEncoder) {
  const auto refused = [&](const EncoderConfig& config) {
    return message_of([&] { make_encoder(config, 0)->forward(small_windows()); });
  };
  EXPECT_NE(refused(scripted("")).find("encoder.path is empty"), std::string::npos);
  EXPECT_NE(refused(scripted(folder_ / "absent.pt")).find("absent.pt"), std::string::npos);
  write_file_atomically(folder_ / "text.pt", "no module");
  EXPECT_NE(refused(scripted(folder_ / "text.pt")).find("no TorchScript module"), std::string::npos);
  EncoderConfig wide = scripted(path_);
  wide.shape.embedding_dim = 128;
  const auto message = refused(wide);
  EXPECT_NE(message.find("encoder.embedding_dim"), std::string::npos) << message;
  testing::save_scripted_network(folder_ / "fails.pt", 1, "    return torch.conv2d(x, self.weight)\n");
  const auto failure = refused(scripted(folder_ / "fails.pt"));
  EXPECT_NE(failure.find("fails.pt: forward"), std::string::npos) << failure;
  EXPECT_EQ(failure.find('\n'), std::string::npos) << failure;
}

}  // namespace
}  // namespace melomine::models
