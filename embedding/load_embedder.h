#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "retrieval/embedder.h"

namespace melomine::embedding {

/// An encoder ready for an evaluation. @throws DataError
std::unique_ptr<retrieval::Embedder> load_embedder(const std::filesystem::path& checkpoint,
                                                   const std::string& device);

}  // namespace melomine::embedding
