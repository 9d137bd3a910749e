// Which recordings hold the melody of another one, and where: a checkpoint turns each into a sequence of
// fingerprints, and an index of the references is searched for the query.
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <vector>

#include "dsp/decode.h"
#include "embedding/saved_model.h"
#include "retrieval/exact_index.h"

namespace {

using melomine::retrieval::Embedder;

melomine::retrieval::FingerprintSequence embed(const Embedder& embedder, const std::filesystem::path& file) {
  // At 16 kHz, as the experiments' models want it; audio of a rate that a model was not trained on is
  // refused.
  return embedder.embed(melomine::dsp::load_audio(file));
}

/// @param files  the query, then the references
void search(const std::filesystem::path& checkpoint, std::span<char* const> files) {
  const auto model = melomine::embedding::load_model(checkpoint, torch::kCPU);
  const auto made = model.config.front_end->make_embedder(model.encoder, "cpu");
  const Embedder& embedder = *made;
  const std::array query = {embed(embedder, files.front())};
  const auto references = files.subspan(1);
  melomine::retrieval::ExactIndex index;
  for (const char* file : references) index.add(embed(embedder, file));

  const auto rankings = index.search(query, 10, {});
  std::printf("score  start_s  reference\n");
  for (const auto& hit : rankings.front())
    std::printf("%5.3f  %7.2f  %s\n", hit.score, hit.start_s, references[static_cast<size_t>(hit.reference)]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: embed_and_search CHECKPOINT QUERY REFERENCE...\n");
    return 2;
  }
  try {
    search(argv[1], std::span(argv, static_cast<size_t>(argc)).subspan(2));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "embed_and_search: %s\n", error.what());
    return 1;
  }
}
