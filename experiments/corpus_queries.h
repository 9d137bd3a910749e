#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "datasets/audio_store.h"
#include "dsp/audio_buffer.h"

namespace melomine::experiments {

/// Whether a folder of shards can be worked on, without opening them. @throws as below
void require_ingested(const std::string& folder);

/// The audio an experiment works on. @throws ConfigError when the experiment names none, DataError when the
/// folder is absent, not finished or lacks recordings; both with the command that helps
datasets::AudioStore open_shards(const std::string& folder);

/// Hums to search with and originals to find, out of the shards.
struct CorpusQueries {
  struct Query {
    size_t recording = 0;  ///< index in the store
    int64_t target = 0;    ///< index in `references`
  };
  std::vector<Query> queries;      ///< hums of the asked songs
  std::vector<size_t> references;  ///< index in the store of every candidate original
};

/// @param songs       whose hums are queries
/// @param candidates  whose originals are references; must contain `songs`
/// Hums of songs without an original in the store are left out.
CorpusQueries corpus_queries(const datasets::AudioStore& store, const std::set<std::string>& songs,
                             const std::set<std::string>& candidates);

dsp::AudioBuffer load_recording(const datasets::AudioStore& store, size_t index);

}  // namespace melomine::experiments
