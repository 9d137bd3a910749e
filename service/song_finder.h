#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dsp/audio_buffer.h"

namespace melomine::service {

/// A melody as pitches at even steps; value t is that of the time t * hop_s behind the curve's begin.
struct PitchCurve {
  double hop_s = 0;              ///< above 0 where there are values
  std::vector<float> semitones;  ///< [L] as MIDI counts them, 69 = A4; NaN where nothing is sung
};

/// One song that a hum may be of, and where in it.
struct FoundSong {
  std::string id;                      ///< of the library
  std::string title;                   ///< for people; may hold anything
  double score = 0;                    ///< the higher the nearer
  double confidence = 0;               ///< [0, 1] that it is the song; NaN where it is not known
  double start_s = 0, end_s = 0;       ///< the stretch of the song that was hummed
  double query_start_s = 0;            ///< the stretch of the hum that lies on it, from here
  double query_end_s = 0;              ///< to here
  double tempo_ratio = 1;              ///< the hum's time over the song's: above 1 the hum is slower
  double transposition_semitones = 0;  ///< added to the hum's pitches, it lies on the song's
  bool has_audio = false;              ///< whether `audio` has a file
};

/// What became of a hum.
struct Found {
  std::vector<FoundSong> songs;  ///< best first
  bool is_match = false;         ///< whether the first is good enough to be called found
  PitchCurve query;              ///< of the hum from its begin
};

/// All that the service knows of a library of songs. Several threads call it at once; it must outlive them.
class SongFinder {
 public:
  virtual ~SongFinder() = default;

  /// @param hum  mono, 16 kHz, of any length that the service lets through
  /// @returns at most `count` songs; none where nothing is sung
  /// @throws DataError with the reason, for who hummed, where this hum cannot be searched
  virtual Found find(const dsp::AudioBuffer& hum, int64_t count) const = 0;
  /// The melody of a stretch of a song; what of it lies outside of the song is left out at its end.
  /// @throws DataError for a song that is not there
  virtual PitchCurve curve(const std::string& song_id, double start_s, double end_s) const = 0;
  /// The recording of a song; nothing where there is none. @throws DataError for a song that is not there
  virtual std::optional<std::filesystem::path> audio(const std::string& song_id) const = 0;
  virtual int64_t songs() const = 0;
  /// One line for people: the library, its generation, the model.
  virtual std::string description() const = 0;
};

}  // namespace melomine::service
