#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time_interval.h"
#include "datasets/recording.h"
#include "synth/corpus_config.h"
#include "synth/performance.h"

namespace melomine::synth {

inline constexpr const char* kScoresFolder = "scores/";

enum class PlannedContent { kMusic, kSilence, kVeryShort };

/// One file (or a mix and its stem) before any sound is made: all that truth needs.
struct PlannedRecording {
  datasets::Recording recording;  ///< path is the mix; hums and scores have no stem
  std::string vocals_path;        ///< "" for hums and scores
  int song = 0;                   ///< under which it is filed
  int score = 0;                  ///< what it performs: another song's in a wrong cover
  PlannedContent content = PlannedContent::kMusic;
  Performance performance;

  bool wrong() const { return score != song; }
};

/// The same excerpt of another recording.
struct PlannedExcerpt {
  size_t recording = 0;   ///< index into CorpusPlan::recordings
  TimeInterval interval;  ///< seconds of it
};

/// An excerpt of an original and those who hummed it.
struct PlannedGroup {
  int song = 0;
  TimeInterval original;     ///< seconds of the original
  std::vector<size_t> hums;  ///< indices into CorpusPlan::recordings
  std::optional<PlannedExcerpt> score = std::nullopt;
};

struct CorpusPlan {
  CorpusConfig config;
  std::vector<Score> scores;  ///< one a song; a last, hidden one where wrong covers have no other song
  std::vector<PlannedRecording> recordings;
  std::vector<size_t> originals;  ///< of each song, indices into recordings
  std::vector<PlannedGroup> groups;
};

/// Draws everything that has a name or a time. Cheap: no audio is made.
/// @throws ConfigError, DataError for a MIDI folder without usable files
CorpusPlan plan_corpus(const CorpusConfig& config);

/// The stretch of a recording in which a planned hum or excerpt sounds (lead-in and tail excluded).
TimeInterval sounding_interval(const Performance& performance);

/// True time maps between a recording and its song's original; none for wrong and silent ones.
std::vector<TruthPiece> truth_of(const CorpusPlan& plan, const PlannedRecording& recording);

}  // namespace melomine::synth
