#include "cli/library_ears.h"

namespace melomine::cli {

LibraryEars::LibraryEars(const std::filesystem::path& checkpoint, const std::string& device)
    : model_(embedding::load_identified_embedder(checkpoint, device)), tracker_(pitch::make_tracker({})) {}

library::ModelRecord LibraryEars::record() const {
  const retrieval::Embedder& model = *model_.embedder;
  return {.file = {},
          .step = model_.step,
          .dim = model.dim(),
          .hop_s = model.hop_s(),
          .window_s = model.window_s(),
          .sung_time = model.hears_sung_time()};
}

}  // namespace melomine::cli
