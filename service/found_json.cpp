#include "service/found_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace melomine::service {
namespace {

nlohmann::ordered_json song_json(const FoundSong& song) {
  return {{"id", song.id},
          {"title", song.title},
          {"score", song.score},
          {"confidence", song.confidence},
          {"start_s", song.start_s},
          {"end_s", song.end_s},
          {"query_start_s", song.query_start_s},
          {"query_end_s", song.query_end_s},
          {"tempo_ratio", song.tempo_ratio},
          {"transposition_semitones", song.transposition_semitones},
          {"has_audio", song.has_audio}};
}

}  // namespace

nlohmann::ordered_json curve_json(const PitchCurve& curve) {
  auto values = nlohmann::ordered_json::array();
  for (const float value : curve.semitones) {
    if (std::isfinite(value))
      values.push_back(std::round(static_cast<double>(value) * 100) / 100);
    else
      values.push_back(nullptr);
  }
  return {{"hop_s", curve.hop_s}, {"semitones", std::move(values)}};
}

nlohmann::ordered_json found_json(const Found& found) {
  auto songs = nlohmann::ordered_json::array();
  for (const FoundSong& song : found.songs) songs.push_back(song_json(song));
  return {{"match", found.is_match}, {"curve", curve_json(found.query)}, {"songs", std::move(songs)}};
}

}  // namespace melomine::service
