#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/alexnet.h"
#include "models/checkpoint.h"
#include "models/ir_resnet.h"
#include "models/mobilenet_v2.h"
#include "models/resnet.h"
#include "models/vgg.h"
#include "tests/support/run_command.h"
#include "tests/support/temp_folder.h"

namespace melomine::models {
namespace {

constexpr int kNoPyTorch = 77;

struct Case {
  EncoderConfig encoder;
  int64_t layers, width;
};

std::vector<Case> cases() {
  const EncoderShape shape{.embedding_dim = 10};
  return {{{.network = {"resnet18", ResNetConfig{.width = 8}}, .shape = shape}, 18, 8},
          {{.network = {"resnet34", ResNetConfig{.width = 4}}, .shape = shape}, 34, 4},
          {{.network = {"ir_resnet", IrResNetConfig{.width = 2}}, .shape = shape}, 18, 2},
          {{.network = {"vgg", VggConfig{.layers = 16, .width = 2, .hidden = 32}}, .shape = shape}, 16, 2},
          {{.network = {"alexnet", AlexNetConfig{.width = 4, .hidden = 32}}, .shape = shape}, 0, 4},
          {{.network = configs::Choice<EncoderKind>("mobilenet_v2"), .shape = shape}, 0, 0}};
}

/// Weights, what they were shown and what they made of it.
void save_example(const std::filesystem::path& path, const Case& example) {
  const auto encoder = make_encoder(example.encoder, 3);
  torch::manual_seed(4);
  const torch::NoGradGuard no_grad;
  for (auto& buffer : encoder->buffers())
    if (buffer.is_floating_point()) buffer.uniform_(0.5, 1.5);
  encoder->eval();
  Checkpoint checkpoint;
  checkpoint.tensors = with_prefix(module_state(*encoder), "encoder.");
  checkpoint.tensors["input"] = torch::rand({2, 1, 80, 630});
  checkpoint.tensors["output"] = encoder->forward(checkpoint.tensors["input"]);
  checkpoint.metadata = {{"network", example.encoder.network.type()},
                         {"layers", std::to_string(example.layers)},
                         {"width", std::to_string(example.width)}};
  save_checkpoint(path, checkpoint);
}

TEST(GoldenPython, PyTorchReadsTheWeightsAsTheyAreAndGivesTheSameFingerprints) {
  const testing::TempFolder folder;
  std::vector<std::string> words = {"/usr/bin/python3", "tests/models/torch_reads_checkpoint.py"};
  for (const Case& example : cases()) {
    const auto path = folder / (example.encoder.network.type() + ".safetensors");
    save_example(path, example);
    words.push_back(path.string());
  }
  const testing::CommandResult result = testing::run_command(words);
  if (result.status == kNoPyTorch || result.status == 127)
    GTEST_SKIP() << "needs python3-torch: " << result.output;
  EXPECT_EQ(result.status, 0) << result.output;
}

}  // namespace
}  // namespace melomine::models
