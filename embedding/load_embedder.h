#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "retrieval/embedder.h"

namespace melomine::embedding {

/// A saved encoder, ready to embed. It is told in the log.
/// @param device  cpu | cuda | cuda:N @throws ConfigError for another, DataError for the checkpoint
std::unique_ptr<retrieval::Embedder> load_embedder(const std::filesystem::path& checkpoint,
                                                   const std::string& device);

}  // namespace melomine::embedding
