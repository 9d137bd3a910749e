#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "retrieval/embedder.h"

namespace melomine::embedding {

/// A saved encoder, ready to embed, and what tells it from others.
struct IdentifiedEmbedder {
  std::unique_ptr<retrieval::Embedder> embedder;
  std::string sha256;  ///< of the checkpoint
  int64_t step = 0;    ///< training steps taken
};

/// It is told in the log.
/// @param device  cpu | cuda | cuda:N @throws ConfigError for another, DataError for the checkpoint
IdentifiedEmbedder load_identified_embedder(const std::filesystem::path& checkpoint,
                                            const std::string& device);

/// The embedder alone.
/// @throws as load_identified_embedder
std::unique_ptr<retrieval::Embedder> load_embedder(const std::filesystem::path& checkpoint,
                                                   const std::string& device);

}  // namespace melomine::embedding
