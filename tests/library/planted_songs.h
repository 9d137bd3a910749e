#pragma once

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "core/random.h"
#include "library/library_builder.h"
#include "tests/support/temp_folder.h"

namespace melomine::library::testing {

/// Unit rows that are alike from one to the next, as overlapping windows are.
inline retrieval::FingerprintSequence planted_sequence(uint64_t seed, int64_t steps, int64_t dim) {
  RandomStream random({seed});
  retrieval::FingerprintSequence z{.steps = steps, .dim = dim, .hop_s = 0.25, .values = {}};
  std::vector<double> row(static_cast<size_t>(dim));
  for (double& v : row) v = random.normal();
  for (int64_t t = 0; t < steps; ++t) {
    double square = 0;
    for (double& v : row) {
      v = 0.6 * v + 0.8 * random.normal();
      square += v * v;
    }
    for (const double v : row) z.values.push_back(static_cast<float>(v / std::sqrt(square)));
  }
  return z;
}

/// A folder of files that stand for recordings, each holding the seed of its song, an encoder's file, and
/// what hears them: nothing is decoded, so that a test knows every fingerprint.
class PlantedSongs {
 public:
  static constexpr int64_t kDim = 16, kSteps = 60;

  PlantedSongs() { write(checkpoint(), "an encoder"); }

  SongFile song(uint64_t seed, const std::string& content = "") {
    const std::string name = "song" + std::to_string(seed);
    const auto path = folder_ / (name + ".txt");
    write(path, content.empty() ? std::to_string(seed) : content);
    return {.id = name, .title = "Song " + std::to_string(seed), .path = path, .table = "table: line 1"};
  }
  std::vector<SongFile> songs(uint64_t first, uint64_t last) {
    std::vector<SongFile> all;
    for (uint64_t seed = first; seed < last; ++seed) all.push_back(song(seed));
    return all;
  }
  /// A file that says "broken" cannot be heard.
  static HeardSong hear(const SongFile& song) {
    std::ifstream in(song.path);
    std::string text;
    in >> text;
    if (text == "broken") throw DataError(song.path.string(), "", "is broken");
    HeardSong heard;
    const uint64_t seed = std::stoull(text);
    heard.fingerprints = planted_sequence(seed, kSteps + static_cast<int64_t>(seed % 7), kDim);
    heard.song.duration_s = 0.25 * static_cast<double>(heard.fingerprints.steps) + 2.75;
    const auto frames = static_cast<size_t>(heard.song.duration_s / 0.1);
    heard.contour.pitch_midi.assign(frames, 60);
    heard.contour.voiced.assign(frames, 1);
    return heard;
  }
  LibraryBuilder builder() const {
    return LibraryBuilder(library(), checkpoint(), {.file = {}, .dim = kDim, .hop_s = 0.25, .window_s = 3},
                          0.1);
  }
  std::filesystem::path library() const { return folder_ / "library"; }
  std::filesystem::path checkpoint() const { return folder_ / "encoder.safetensors"; }
  std::filesystem::path folder() const { return folder_.path(); }

  static void write(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path) << content;
  }

 private:
  melomine::testing::TempFolder folder_;
};

}  // namespace melomine::library::testing
