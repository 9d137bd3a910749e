#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/query_table.h"

namespace melomine::evaluation {

/// A table that figures were made from, or a folder that stands for one.
struct SourceFile {
  std::string path;
  std::string sha256;
};

/// Of a folder its table of references, where it has one; else SHA-256 is that of a line "SIZE NAME" for each
/// of its files, in the order of their names. What a table names is not read.
/// @throws DataError when it cannot be read
SourceFile source_file(const std::filesystem::path& path);

/// Shards whose held-out songs were asked.
struct CorpusSource {
  SourceFile shards;                 ///< SHA-256 of what was ingested
  std::string rendition;             ///< "mix" | "vocals"
  int64_t seed = 0;                  ///< of the split
  std::vector<std::string> songs{};  ///< song_ids that are held out
};

struct ModelSource {
  std::string sha256;  ///< of the checkpoint
  int64_t step = 0;    ///< training steps taken
};

/// How a table's queries were parted into queries and references.
struct QuerySplit {
  double share = 0.1;  ///< of each song's queries that are asked, in (0, 1)
  int64_t seed = 1;    ///< by which they are drawn
};

/// An encoder of another run that systems of the set hear by.
struct CheckpointSource {
  SourceFile file;
  int64_t step = 0;  ///< training steps taken
};

/// What the figures of a set depend on beside its EvaluationConfig: what was asked, and of which model.
struct EvaluationSources {
  std::optional<SourceFile> queries{};           ///< the table
  std::optional<QuerySplit> split{};             ///< the references are of the table of queries, too
  std::vector<SourceFile> references{};          ///< tables and folders
  std::vector<SourceFile> lists{};               ///< a published set's own; its `queries` is its folder
  std::vector<std::string> leave_out{};          ///< reference_ids that are no candidates
  BrokenItems broken = BrokenItems::kAreErrors;  ///< of the tables
  std::optional<CorpusSource> corpus{};
  std::optional<ModelSource> model{};  ///< the run's own; none: no system needed it
  std::vector<CheckpointSource> checkpoints{};
};

}  // namespace melomine::evaluation
