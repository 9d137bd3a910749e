#pragma once

#include <filesystem>

#include "core/progress.h"
#include "synth/corpus_config.h"

namespace melomine::synth {

struct CorpusSummary {
  int64_t recordings = 0;  ///< in the corpus
  int64_t rendered = 0;    ///< by this run; the others were there
  double audio_s = 0;      ///< length of all recordings, stems not counted
  int64_t truth_rows = 0;
};

/// Generates a corpus: synth.json (the options, first), audio/, vocals/ and hums/ as FLAC, and, once all of
/// them are there, songs.csv, songs_vocals.csv, hums.csv, queries.csv, references.csv, references_mix.csv and
/// truth.csv. The same options give the same bytes for any number of threads. Interrupted, the same call
/// completes the corpus.
/// @throws ConfigError for options out of range, and for a folder that holds something else
/// @throws Cancelled between recordings when the user asked to stop
CorpusSummary generate_corpus(const CorpusConfig& config, const std::filesystem::path& out,
                              RunObserver& observer);

}  // namespace melomine::synth
