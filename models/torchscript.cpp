#include "models/torchscript.h"

#include <torch/csrc/jit/runtime/graph_executor.h>
#include <filesystem>
#include <sstream>

#include "core/error.h"
#include "core/sha256.h"
#include "models/layers.h"

namespace melomine::models {
namespace {

/// Its own kind: what it is made of is a file.
class TorchScriptKind : public configs::KindOf<TorchScriptKind, EncoderKind, TorchScriptConfig> {
 public:
  std::shared_ptr<Encoder> make(const EncoderShape& shape, uint64_t /*seed*/) const override {
    return std::make_shared<TorchScriptEncoder>(config, shape);
  }
  std::vector<std::filesystem::path> files() const override {
    return config.path.empty() ? std::vector<std::filesystem::path>{}
                               : std::vector<std::filesystem::path>{config.path};
  }
  void pin() override {
    if (config.sha256.empty() && !config.path.empty()) config.sha256 = sha256_of_file(config.path);
  }
};

/// What libtorch says went wrong, without its stack.
std::string first_line(const std::exception& error) {
  const auto* ours = dynamic_cast<const c10::Error*>(&error);
  const std::string text = ours != nullptr ? ours->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

torch::jit::Module read_module(const TorchScriptConfig& config) {
  if (config.path.empty())
    throw ConfigError("[torchscript] encoder.path is empty; name the file of a TorchScript module");
  const std::string found = sha256_of_file(config.path);
  if (!config.sha256.empty() && found != config.sha256)
    throw DataError(config.path, "",
                    "has SHA-256 " + found + ", not " + config.sha256 +
                        ": it is another module than the one that is asked for");
  try {
    return torch::jit::load(config.path, torch::kCPU);
  } catch (const std::exception& e) {
    throw DataError(config.path, "", "is no TorchScript module: " + first_line(e));
  }
}

/// Registers the module's tensors, which both then hold, and those of the modules in it.
void share_tensors(const torch::jit::Module& script, torch::nn::Module& module) {
  for (const auto& parameter : script.named_parameters(/*recurse=*/false))
    module.register_parameter(parameter.name, parameter.value, parameter.value.requires_grad());
  for (const auto& buffer : script.named_buffers(/*recurse=*/false))
    module.register_buffer(buffer.name, buffer.value);
  for (const auto& child : script.named_children())
    share_tensors(child.value, *module.register_module(child.name, folder()));
}

}  // namespace

void bind(configs::Binder& b, TorchScriptConfig& c) {
  b.text("path", c.path, "file of the TorchScript module, relative to the working directory");
  b.text("sha256", c.sha256, "of that file; empty: whatever lies there when the training begins");
}

configs::KindEntry torchscript_kind() {
  return configs::kind<TorchScriptKind>("torchscript", "a TorchScript module by its path");
}

TorchScriptEncoder::TorchScriptEncoder(const TorchScriptConfig& config, const EncoderShape& shape)
    : path_(config.path), shape_(shape), script_(read_module(config)) {
  require_sizes("torchscript", shape, {});
  share_tensors(script_, *this);
}

void TorchScriptEncoder::train(bool on) {
  torch::nn::Module::train(on);
  script_.train(on);
}

torch::Tensor TorchScriptEncoder::forward(torch::Tensor x) {
  require_windows("torchscript", x, shape_);
  const torch::jit::GraphOptimizerEnabledGuard as_written(false);
  c10::IValue result;
  const int64_t rows = x.size(0);
  try {
    result = script_.forward({std::move(x)});
  } catch (const std::exception& e) {
    throw DataError(path_, "forward", first_line(e));
  }
  if (!result.isTensor()) throw ShapeError("[torchscript] " + path_ + " gives no tensor");
  const torch::Tensor z = result.toTensor();
  if (z.dim() != 2 || z.size(0) != rows || z.size(1) != shape_.embedding_dim) {
    std::ostringstream message;
    message << "[torchscript] " << path_ << " gives " << z.sizes() << ", not [" << rows << ", "
            << shape_.embedding_dim << "]: encoder.embedding_dim is its D";
    throw ShapeError(message.str());
  }
  return unit_rows(z);
}

}  // namespace melomine::models
