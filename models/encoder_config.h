#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "configs/choice.h"

/// What an experiment says of an encoder. None of libtorch is seen here.
namespace melomine::models {

class Encoder;

/// What every encoder takes and gives.
struct EncoderShape {
  int64_t input_channels = 1;   ///< C, of the feature image
  int64_t embedding_dim = 128;  ///< D
};

/// A kind of encoder with its settings.
class EncoderKind : public configs::Kind {
 public:
  /// models/catalog.cpp
  static const configs::Catalogue& catalogue();
  /// Weights are drawn from `seed` alone. @throws ConfigError for settings out of range
  virtual std::shared_ptr<Encoder> make(const EncoderShape& shape, uint64_t seed) const = 0;
  /// Files that it is made of beside its settings; a training notes their hashes among its inputs.
  virtual std::vector<std::filesystem::path> files() const { return {}; }
  /// Writes the hashes of these files into the settings that have none yet, so that a checkpoint says which
  /// they were and `make` refuses others. @throws DataError for a file that cannot be read
  virtual void pin() {}
};

struct EncoderConfig {
  configs::Choice<EncoderKind> network{"resnet18"};
  EncoderShape shape;  ///< its fields stand beside the network's
};
void bind(configs::Binder& b, EncoderConfig& c);

/// Weights are drawn from `seed` alone.
std::shared_ptr<Encoder> make_encoder(const EncoderConfig& config, uint64_t seed);

}  // namespace melomine::models
