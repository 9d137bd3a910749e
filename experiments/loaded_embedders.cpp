#include "experiments/loaded_embedders.h"

namespace melomine::experiments {

namespace fs = std::filesystem;

const embedding::IdentifiedEmbedder& LoadedEmbedders::get(const std::string& checkpoint) {
  const fs::path file = checkpoint.empty() ? own_ : fs::path(checkpoint);
  const fs::path place = fs::weakly_canonical(fs::absolute(file));
  const auto found = loaded_.find(place);
  if (found != loaded_.end()) return found->second;
  return loaded_.emplace(place, embedding::load_identified_embedder(file, device_)).first->second;
}

}  // namespace melomine::experiments
