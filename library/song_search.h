#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/binder.h"
#include "library/hearing.h"
#include "library/library.h"
#include "retrieval/contour_match.h"
#include "retrieval/sequence_match.h"
#include "retrieval/voted_places.h"

namespace melomine::library {

/// How a library is searched: fingerprints nearest to the query's vote for songs and places in them, the best
/// of which are compared with the query (Amatov et al. 2023, two-step retrieval).
struct SearchConfig {
  /// The model hears a query at these tempos (> 1 is faster); the best counts.
  std::vector<double> query_tempo_ratios{0.75, 0.83, 0.91, 1, 1.1, 1.21, 1.33};
  double trim_queries_db = 30;          ///< silent ends of a query are cut; models of melodies hear it whole
  int64_t neighbours = 64, probes = 0;  ///< retrieval::AnnReach
  int64_t candidates = 1000;            ///< songs that are compared; 0: all, at every place (exact search)
  int64_t places = 3;                   ///< of each song, that votes name
  int64_t around_steps = 4;             ///< on both sides of such a place, that are compared
  retrieval::Similarity similarity{.correlation = retrieval::Correlation::kCross, .drift_steps = 1};
  /// Of a song's rank, what contour matching (retrieval/contour_match.h) says beside the model, both in
  /// standard deviations over the candidates: 0 nothing, 1 alone.
  double contour_weight = 0;
  retrieval::ContourConfig contour{.cap_semitones = 3, .centring_steps = 2};
  int64_t matches = 1;  ///< places of a song that are told
};
void bind(configs::Binder& b, SearchConfig& c);

/// Where a song has the query.
struct FoundPlace {
  double score = 0;  ///< by the model
  double start_s = 0, end_s = 0;
  double tempo_ratio =
      1;  ///< at which the query was heard there: its time over the song's, above 1 slower than it
  /// What has to be added to the query's pitch; 0 where either has none there.
  double transposition_semitones = 0;
  int64_t variant = 0;    ///< Query::variants, and
  int64_t lag_steps = 0;  ///< which of the song's fingerprints lies under its first
};

struct FoundSong {
  int64_t number = 0;              ///< Library::song
  double score = 0;                ///< by which songs are ranked; higher is more alike
  std::vector<FoundPlace> places;  ///< best first, at least one
};

/// The `count` best songs, best first; equal scores by number. Several threads may search at once, and the
/// answer does not depend on how many.
/// @throws ConfigError where the query was not heard at the settings' tempos
std::vector<FoundSong> search(const Library& library, const Query& query, const SearchConfig& config,
                              int64_t count);

}  // namespace melomine::library
