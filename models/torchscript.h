#pragma once

#include <torch/script.h>
#include <string>

#include "models/encoder.h"

namespace melomine::models {

struct TorchScriptConfig {
  std::string path = "";    ///< of the module, relative to the working directory
  std::string sha256 = "";  ///< of the file; "" = whatever lies there, noted down when a training begins
};
void bind(configs::Binder& b, TorchScriptConfig& c);

/// Anyone's network as a TorchScript module: [B, C, F, T] float32 to [B, D], whose rows are then divided by
/// their L2 norm. Parameters and buffers are the module's own, under their own names; those that require a
/// gradient are trained. It begins with the file's weights, whatever the seed.
///
/// A checkpoint holds the weights, and of the module's code path and SHA-256, not the code itself: reading a
/// checkpoint runs nothing that came with it. So the file must lie there for as long as its checkpoints are
/// used. It is interpreted as it was written, without the optimisations of a profiling run: the first batch
/// gives the same bytes as the hundredth, and a resumed training ends as an uninterrupted one.
class TorchScriptEncoder : public Encoder {
 public:
  /// @throws ConfigError without a path, DataError when the file is absent, another one than `sha256` says,
  /// or no TorchScript module
  TorchScriptEncoder(const TorchScriptConfig& config, const EncoderShape& shape);
  /// @throws ShapeError also when the module gives something else than [B, D]; DataError when it fails
  torch::Tensor forward(torch::Tensor x) override;
  int64_t embedding_dim() const override { return shape_.embedding_dim; }
  void train(bool on = true) override;

 private:
  std::string path_;
  EncoderShape shape_;
  torch::jit::Module script_;
};

}  // namespace melomine::models
