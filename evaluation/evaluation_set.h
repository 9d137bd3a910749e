#pragma once

#include <filesystem>
#include <vector>

#include "evaluation/evaluation.h"

namespace melomine::evaluation {

/// A query table (query, reference_id and/or group) against references tables or folders (reference_id,
/// path). Without references the queries are matched with each other by group. Audio is whatever FFmpeg
/// decodes; MIDI files, told by their content, are heard through synth::render_melody. Nothing is decoded
/// yet; an item that fails later says which line of which table named it.
/// @throws DataError naming file and line (retrieval::read_queries, retrieval::read_references)
EvaluationSet read_evaluation_set(const std::filesystem::path& queries,
                                  const std::vector<std::filesystem::path>& references);

}  // namespace melomine::evaluation
