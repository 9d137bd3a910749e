#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/fragment_groups.h"
#include "mining/song_miner.h"

namespace melomine::mining {

/// A mined set as HDF5, format in docs/formats.md.
inline constexpr int64_t kMinedSetVersion = 1;
inline constexpr const char* kMinedSetFormat = "melomine mined set";
/// The set of a whole round, and its rows as a table.
inline constexpr const char* kMinedSetFile = "mined.h5";
inline constexpr const char* kMinedTableFile = "mined.csv";

/// What every row of a round's mined set shares.
struct MinedProvenance {
  int64_t round = 0;          ///< the folder round_NN it lies in, from 1
  std::string model_sha256;   ///< of the checkpoint that mined
  std::string config_sha256;  ///< of the settings of mining
  friend bool operator==(const MinedProvenance&, const MinedProvenance&) = default;
};

/// The highest peak of a fragment in a cover, kept whatever its correlation: what β could have let in.
struct Candidate {
  std::string group_id, recording_id;
  TimeInterval interval;  ///< in the cover
  double correlation = 0, tempo_ratio = 1;
};

struct SongSummary {
  std::string song_id, original_id;
  double original_s = 0, sounding_s = 0, level_db = 0, pause_s = 0;
  int64_t covers = 0, fragments = 0;
};

/// The mined groups of one round, or of one part of it. Immutable once written.
struct MinedSet {
  MinedProvenance provenance;
  std::vector<SongSummary> songs;           ///< in the order of song_id
  std::vector<datasets::FragmentRow> rows;  ///< per group the original's row, then its matches
  std::vector<Candidate> candidates;        ///< groups in the order of rows
  std::vector<SetAside> set_aside;
};

/// group_id is {song_id}_r{round:02}_{fragment:02}, fragment_id the fragment's number in its song from 1, id
/// the recording_id. The original's row has verdict kRelevant and correlation 1. Nothing is checked by
/// people yet.
/// @throws DataError for a match in a recording that is no cover of the song
void append(MinedSet& set, const Song& song, const MinedSong& mined, const MatchConfig& match);

/// A unique fragment of an original with its matches; points into the set it was made of.
struct MinedGroup {
  size_t song = 0;  ///< index into MinedSet::songs
  const datasets::FragmentRow* original = nullptr;
  std::span<const datasets::FragmentRow> matches;  ///< may be empty
};

/// The set's rows as groups, in order. A group's song is that of its original's recording.
/// @throws DataError for a group without an original's row at its head, or of an original that `songs` lacks
std::vector<MinedGroup> groups_of(const MinedSet& set);
/// group_id to index into `groups`.
std::map<std::string, size_t, std::less<>> index_of(const std::vector<MinedGroup>& groups);

/// One HDF5 file, whole or not at all, no timestamps: attributes format, schema_version, tool_version, round,
/// model_sha256, config_sha256, inputs; tables `songs`, `fragments`, `candidates`, `set_aside`.
/// @param inputs  hash of all that the set was made from
/// @param writer  as AtomicFile has it
void write_mined_set(const std::filesystem::path& path, const MinedSet& set, const std::string& inputs,
                     std::string_view writer = {});
/// @throws DataError naming the file and what is wrong: no mined set, another version, truncated, damaged
MinedSet read_mined_set(const std::filesystem::path& path);
/// The attribute `inputs`. @throws DataError when the file is no mined set
std::string mined_set_inputs(const std::filesystem::path& path);
/// Whether it is an HDF5 file with the format of a mined set; its content may still be damaged.
bool is_mined_set(const std::filesystem::path& path);

/// Parts end to end, songs sorted by id with their rows and candidates, set-aside recordings by id: the same
/// for every order of the parts. @throws DataError where they differ in provenance or share a song
MinedSet merge(std::vector<MinedSet> parts);

/// Bins of the correlation histogram: of equal width over [-1, 1].
constexpr size_t kHistogramBins = 100;

/// What a round yielded, with or without a truth.
struct MiningYield {
  int64_t songs = 0, songs_without_fragments = 0, covers = 0, fragments = 0;
  int64_t groups = 0;                   ///< fragments with at least one relevant match
  int64_t relevant = 0, uncertain = 0;  ///< pairs
  double original_hours = 0;            ///< of the fragments in groups
  double relevant_hours = 0, uncertain_hours = 0;
  double mean_group_size = 0;  ///< original and relevant matches of the groups; 0 without groups
  std::array<int64_t, kHistogramBins> histogram{};  ///< of the candidates' correlations
};
MiningYield yield_of(const MinedSet& set);

}  // namespace melomine::mining
