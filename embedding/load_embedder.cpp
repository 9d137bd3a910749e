#include "embedding/load_embedder.h"

#include "core/logging.h"
#include "embedding/saved_model.h"
#include "models/torch_compat.h"

namespace melomine::embedding {

IdentifiedEmbedder load_identified_embedder(const std::filesystem::path& checkpoint,
                                            const std::string& device) {
  const torch::Device place = models::parse_device(device);
  const SavedModel model = load_model(checkpoint, place);
  log_info("encoder {} (step {}, sha256 {}…)", checkpoint.string(), model.step, model.sha256.substr(0, 12));
  return {.embedder = model.config.front_end->make_embedder(model.encoder, device),
          .sha256 = model.sha256,
          .step = model.step};
}

std::unique_ptr<retrieval::Embedder> load_embedder(const std::filesystem::path& checkpoint,
                                                   const std::string& device) {
  return load_identified_embedder(checkpoint, device).embedder;
}

}  // namespace melomine::embedding
