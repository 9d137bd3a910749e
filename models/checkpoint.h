#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace melomine::models {

/// Tensors by name, alphabetical: "encoder.layer1.0.conv1.weight".
using TensorMap = std::map<std::string, torch::Tensor>;

/// All that a training run needs to continue, or a model to be used, in one safetensors file. Parts share it
/// by prefix ("encoder.", "loss.", "adam."); what is not a tensor is metadata text.
struct Checkpoint {
  TensorMap tensors;
  std::map<std::string, std::string> metadata;
};

/// Written whole or not at all; equal content gives equal bytes. Tensors may lie on any device, in any memory
/// format. @throws DataError
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Tensors come back on the CPU, contiguous. Also reads what Python's safetensors writes.
/// @throws DataError naming file and tensor: truncated, overlapping, unknown type, …
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// Parameters and buffers of a module by name; they share storage with the module.
TensorMap module_state(const torch::nn::Module& module);

/// Copies `state` into the module's own tensors, which keep device and memory format. Strict: nothing is
/// copied unless names and shapes agree.
/// @param source  whose state it is, for messages: the checkpoint's path
/// @throws DataError naming the tensors that are missing, unexpected, or of another shape or kind
void load_module_state(torch::nn::Module& module, const TensorMap& state, std::string_view source);

/// Adam's memory: "PARAMETER.exp_avg", "PARAMETER.exp_avg_sq", "PARAMETER.step" (int64 scalar), and
/// "PARAMETER.max_exp_avg_sq" with amsgrad. Parameters that took no step yet have none.
/// @param module  whose parameters the optimizer steps; names come from it
TensorMap adam_state(const torch::optim::Adam& optimizer, const torch::nn::Module& module);

/// The optimizer then goes on exactly as the saved one would have. Learning rate and betas are options, set
/// by whoever makes the optimizer. @throws DataError as load_module_state
void load_adam_state(torch::optim::Adam& optimizer, const torch::nn::Module& module, const TensorMap& state,
                     std::string_view source);

/// Every name with `prefix` before it, to put several parts into one checkpoint.
TensorMap with_prefix(const TensorMap& tensors, const std::string& prefix);
/// The part under `prefix`, without it.
TensorMap under_prefix(const TensorMap& tensors, const std::string& prefix);

}  // namespace melomine::models
