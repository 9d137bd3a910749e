#include "library/song_search.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/cancellation.h"
#include "library/song_clock.h"
#include "retrieval/fixed_dtw.h"
#include "retrieval/fixed_match.h"
#include "retrieval/normalise.h"

namespace melomine::library {
namespace {

using retrieval::Candidate;
using retrieval::FingerprintSequence;
using retrieval::FixedQuery;
using retrieval::LagSpan;
using retrieval::SequenceMatch;

/// A place of a song by the lag at which it is.
struct Match {
  int64_t variant = 0;
  SequenceMatch at;
};

/// One query in one library.
class SongSearch {
 public:
  SongSearch(const Library& library, const Query& query, const SearchConfig& config)
      : library_(library), query_(query), config_(config) {
    for (const FingerprintSequence& variant : query.variants) fixed_.emplace_back(retrieval::view(variant));
  }

  std::vector<FoundSong> run(int64_t count) const {
    const std::vector<Candidate> candidates = config_.candidates > 0 ? voted() : all_songs();
    std::vector<FoundSong> found(candidates.size());
    std::vector<std::vector<Match>> matches(candidates.size());
    tbb::parallel_for(size_t{0}, candidates.size(), [&](size_t i) {
      throw_if_cancelled();
      matches[i] = compare(candidates[i]);
      found[i].number = candidates[i].reference;
      found[i].score = matches[i].front().at.score;
    });
    if (config_.contour_weight > 0) add_contours(found);
    std::vector<size_t> order(found.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto kept = std::min(order.size(), static_cast<size_t>(std::max<int64_t>(count, 0)));
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      [&](size_t a, size_t b) {
                        if (found[a].score != found[b].score) return found[a].score > found[b].score;
                        return found[a].number < found[b].number;
                      });
    std::vector<FoundSong> best;
    for (size_t i = 0; i < kept; ++i) {
      best.push_back(std::move(found[order[i]]));
      tell_places(matches[order[i]], best.back());
    }
    return best;
  }

 private:
  std::vector<Candidate> voted() const {
    retrieval::Voting voting(library_.first_steps());
    for (size_t v = 0; v < query_.variants.size(); ++v) {
      const FingerprintSequence& variant = query_.variants[v];
      std::vector<int64_t> heard;
      std::vector<float> rows;
      for (int64_t t = 0; t < variant.steps; ++t) {
        if (!variant.voiced.empty() && variant.voiced[static_cast<size_t>(t)] == 0) continue;
        heard.push_back(t);
        rows.insert(rows.end(), variant.row(t).begin(), variant.row(t).end());
      }
      if (heard.empty()) continue;
      const auto found = library_.nearest(rows, {.neighbours = config_.neighbours, .probes = config_.probes});
      voting.add(static_cast<int64_t>(v), variant.steps, heard, found);
    }
    const int64_t removed = library_.size() - library_.songs();  // are voted for as long as an index has them
    std::vector<Candidate> candidates = voting.candidates(
        {.candidates = config_.candidates + removed, .places = config_.places, .drift_steps = 1});
    std::erase_if(candidates, [&](const Candidate& c) { return library_.is_removed(c.reference); });
    if (static_cast<int64_t>(candidates.size()) > config_.candidates)
      candidates.resize(static_cast<size_t>(config_.candidates));
    return candidates;
  }

  std::vector<Candidate> all_songs() const {
    std::vector<Candidate> all;
    for (int64_t n = 0; n < library_.size(); ++n)
      if (!library_.is_removed(n)) all.push_back({.reference = n, .places = {}});
    return all;
  }

  /// Best first, at least one.
  std::vector<Match> compare(const Candidate& candidate) const {
    const retrieval::FixedView song = library_.sequence(candidate.reference);
    std::vector<Match> matches;
    for (size_t v = 0; v < fixed_.size(); ++v) {
      if (config_.similarity.correlation == retrieval::Correlation::kDtw) {
        matches.push_back(
            {static_cast<int64_t>(v), retrieval::best_dtw(fixed_[v], song, config_.similarity)});
        continue;
      }
      std::vector<LagSpan> lags;
      const int64_t room =
          song.steps - query_.variants[v].steps;  // lags at which the shorter lies in the other
      for (const retrieval::VotedPlace& place : candidate.places) {
        if (place.variant != static_cast<int64_t>(v)) continue;
        const int64_t lag = std::clamp(place.lag, std::min<int64_t>(0, room), std::max<int64_t>(0, room));
        lags.push_back({lag - config_.around_steps, lag + config_.around_steps + 1});
      }
      if (lags.empty() && !candidate.places.empty()) continue;
      for (const SequenceMatch& match :
           retrieval::best_matches(fixed_[v], song, lags, config_.similarity, config_.matches,
                                   std::max<int64_t>(1, query_.variants[v].steps / 2)))
        matches.push_back({static_cast<int64_t>(v), match});
    }
    std::stable_sort(matches.begin(), matches.end(),
                     [](const Match& a, const Match& b) { return a.at.score > b.at.score; });
    return matches;
  }

  void add_contours(std::vector<FoundSong>& found) const {
    const auto sung = [](const std::vector<float>& pitch) {
      retrieval::PitchContour contour;
      std::copy_if(pitch.begin(), pitch.end(), std::back_inserter(contour.semitones),
                   [](float p) { return p > 0; });
      return contour;
    };
    const retrieval::ContourQuery query(sung(query_.contour.pitch_midi), config_.contour);
    std::vector<double> by_model, by_contour(found.size());
    for (const FoundSong& song : found) by_model.push_back(song.score);
    tbb::parallel_for(size_t{0}, found.size(), [&](size_t i) {
      throw_if_cancelled();
      by_contour[i] = query.match(sung(library_.pitch(found[i].number)).semitones).score;
    });
    retrieval::standardise(by_model);
    retrieval::standardise(by_contour);
    for (size_t i = 0; i < found.size(); ++i)
      found[i].score = (1 - config_.contour_weight) * by_model[i] + config_.contour_weight * by_contour[i];
  }

  /// Those of all tempos that do not lie upon a better one.
  void tell_places(const std::vector<Match>& matches, FoundSong& song) const {
    const Manifest& manifest = library_.manifest();
    const std::vector<float> pitch = library_.pitch(song.number);
    const SongClock clock(pitch, manifest.contour_hop_s, manifest.model.sung_time);
    const double length_s = library_.song(song.number).duration_s;
    for (const Match& match : matches) {
      if (static_cast<int64_t>(song.places.size()) >= config_.matches) break;
      const FingerprintSequence& variant = query_.variants[static_cast<size_t>(match.variant)];
      const double first_s = static_cast<double>(match.at.lag) * manifest.model.hop_s;
      const double heard_s =
          static_cast<double>(variant.steps - 1) * manifest.model.hop_s + manifest.model.window_s;
      FoundPlace place{.score = match.at.score,
                       .start_s = std::clamp(clock.time_of(first_s), 0.0, length_s),
                       .end_s = std::clamp(clock.time_of(first_s + heard_s), 0.0, length_s),
                       .tempo_ratio = query_.tempo_ratios[static_cast<size_t>(match.variant)],
                       .transposition_semitones = 0,
                       .variant = match.variant,
                       .lag_steps = match.at.lag};
      const bool is_told = std::any_of(song.places.begin(), song.places.end(), [&](const FoundPlace& other) {
        return place.start_s < other.end_s && other.start_s < place.end_s;
      });
      if (is_told) continue;
      place.transposition_semitones = transposition(pitch, place);
      song.places.push_back(place);
    }
  }

  double transposition(const std::vector<float>& pitch, const FoundPlace& place) const {
    const double hop_s = library_.manifest().contour_hop_s;
    const auto first = static_cast<size_t>(place.start_s / hop_s);
    const auto last = std::min(pitch.size(), static_cast<size_t>(std::ceil(place.end_s / hop_s)));
    if (first >= last) return 0;
    const double there = median_pitch({pitch.data() + first, last - first});
    const double here = median_pitch(query_.contour.pitch_midi);
    return there > 0 && here > 0 ? there - here : 0;
  }

  const Library& library_;
  const Query& query_;
  const SearchConfig& config_;
  std::vector<FixedQuery> fixed_;  ///< [variants]
};

}  // namespace

void bind(configs::Binder& b, SearchConfig& c) {
  b.numbers("query_tempo_ratios", c.query_tempo_ratios, configs::between(0.25, 4),
            "tempos at which the model hears a query (> 1 is faster); the best counts");
  b.require(!c.query_tempo_ratios.empty(), "query_tempo_ratios", "needs at least one ratio");
  b.number("trim_queries_db", c.trim_queries_db, configs::at_least(0),
           "ends of a query this far under its loudest frame are cut; 0: kept");
  b.integer("neighbours", c.neighbours, configs::between(1, 10000),
            "nearest fingerprints of each of the query's that vote");
  b.integer("probes", c.probes, configs::at_least(0),
            "lists of the index that are looked into; 0: by its size");
  b.integer("candidates", c.candidates, configs::at_least(0),
            "songs with most votes that are compared; 0: every song at every place");
  b.integer("places", c.places, configs::between(1, 100), "places of each candidate that are compared");
  b.integer("around_steps", c.around_steps, configs::between(0, 10000),
            "steps on both sides of a place that are compared");
  retrieval::bind_search(b, c.similarity);
  b.number("contour_weight", c.contour_weight, configs::between(0, 1),
           "share of contour matching in the score of a candidate; 0: the model alone");
  b.nested("contour", c.contour, "contour matching");
  b.integer("matches", c.matches, configs::between(1, 100), "places of each song that are told");
}

std::vector<FoundSong> search(const Library& library, const Query& query, const SearchConfig& config,
                              int64_t count) {
  return SongSearch(library, query, config).run(count);
}

}  // namespace melomine::library
