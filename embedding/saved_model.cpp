#include "embedding/saved_model.h"

#include <fmt/format.h>

#include "configs/config.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"

namespace melomine::embedding {
namespace {

int64_t step_of(const std::string& text, const std::filesystem::path& checkpoint) {
  const auto step = parse<int64_t>(text);
  if (!step)
    throw DataError(checkpoint.string(), "metadata", fmt::format("'{}' is '{}', no number", kStepKey, text));
  return *step;
}

}  // namespace

SavedModel load_model(const std::filesystem::path& checkpoint, torch::Device device) {
  const models::Checkpoint content = models::load_checkpoint(checkpoint);
  const auto model = content.metadata.find(kModelKey);
  if (model == content.metadata.end())
    throw DataError(checkpoint.string(), "metadata",
                    fmt::format("lacks '{}': not a checkpoint that melomine wrote", kModelKey));
  SavedModel saved;
  try {
    saved.config = configs::parse_config<ModelConfig>(model->second, checkpoint.string() + " (metadata)");
  } catch (const ConfigError& e) {
    throw DataError(e.what());  // what is wrong is the file, not what the user wrote
  }
  saved.encoder = models::make_encoder(saved.config.encoder, 0);
  models::load_module_state(*saved.encoder, models::under_prefix(content.tensors, "encoder."),
                            checkpoint.string());
  saved.encoder->to(device);
  saved.encoder->eval();
  const auto step = content.metadata.find(kStepKey);
  if (step != content.metadata.end()) saved.step = step_of(step->second, checkpoint);
  saved.sha256 = sha256_of_file(checkpoint);
  return saved;
}

}  // namespace melomine::embedding
