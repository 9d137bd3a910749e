#pragma once

#include <torch/script.h>
#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace melomine::testing {

inline constexpr int64_t kScriptedDim = 8;

/// Writes a small encoder as a TorchScript module: "stem.weight" in a module of its own, "weight", a
/// parameter "frozen" that wants no gradient, and dropout in training.
/// @param body  of forward(self, x), instead of this network's
inline void save_scripted_network(const std::filesystem::path& path, uint64_t seed,
                                  const std::string& body = "") {
  torch::manual_seed(seed);
  torch::jit::Module stem("stem"), network("network");
  stem.register_parameter("weight", torch::randn({6, 1, 3, 3}), /*is_buffer=*/false);
  stem.register_attribute("training", c10::BoolType::get(), true);
  stem.define("def forward(self, x):\n    return torch.conv2d(x, self.weight).relu()\n");
  network.register_module("stem", stem);
  network.register_parameter("weight", torch::randn({kScriptedDim, 6}), false);
  network.register_parameter("frozen", torch::ones({kScriptedDim}), false);
  network.attr("frozen").toTensor().requires_grad_(false);
  network.attr("weight").toTensor().requires_grad_(true);
  stem.attr("weight").toTensor().requires_grad_(true);
  network.register_attribute("training", c10::BoolType::get(), true);
  network.define("def forward(self, x):\n" +
                 (body.empty() ? std::string("    y = torch.dropout(self.stem.forward(x).mean([2, 3]), 0.5, "
                                             "self.training)\n"
                                             "    return torch.mm(y, self.weight.t()) * self.frozen\n")
                               : body));
  network.save(path.string());
}

}  // namespace melomine::testing
