#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "configs/config.h"
#include "models/checkpoint.h"
#include "models/conformer.h"
#include "tests/support/run_command.h"
#include "tests/support/temp_folder.h"

namespace melomine::models {
namespace {

EncoderConfig with_settings(const char* yaml) {
  return configs::parse_config<EncoderConfig>(std::string("{type: conformer, bins: 22, ") + yaml + "}",
                                              "test.yaml");
}

/// A checkpoint of a network that has seen something, a window and what the network makes of it.
void save_with_output(const EncoderConfig& config, const std::filesystem::path& path) {
  const auto encoder = make_encoder(config, 9);
  torch::manual_seed(1);
  torch::NoGradGuard no_grad;
  encoder->forward(torch::rand({8, 1, 22, 50}));
  encoder->eval();
  const auto input = torch::rand({3, 1, 22, 77});
  Checkpoint saved{with_prefix(module_state(*encoder), "encoder."), {{"settings", configs::to_json(config)}}};
  saved.tensors["input"] = input;
  saved.tensors["output"] = encoder->forward(input);
  save_checkpoint(path, saved);
}

TEST(ConformerInTorch, PythonBuildsTheSameNetworkFromTheCheckpoint) {
  testing::TempFolder folder;
  std::vector<std::string> words = {"/usr/bin/python3", "tests/models/conformer_in_torch.py"};
  for (const char* settings :
       {"d_model: 32, layers: 2, heads: 4, kernel: 7, bins_per_octave: 4, embedding_dim: 16",
        "d_model: 16, layers: 1, heads: 2, block: transformer, attention: absolute, harmonic_blocks: false",
        "d_model: 128, layers: 1, prelayer: false"}) {
    words.push_back(folder / (std::to_string(words.size()) + ".safetensors"));
    save_with_output(with_settings(settings), words.back());
  }
  const auto result = testing::run_command(words);
  if (result.status == 77 || result.status == 127) GTEST_SKIP() << "needs python3-torch: " << result.output;
  EXPECT_EQ(result.status, 0) << result.output;
}

}  // namespace
}  // namespace melomine::models
