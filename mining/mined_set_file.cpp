#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/version.h"
#include "mining/mined_set.h"
#include "storage/hdf5_table.h"

namespace melomine::mining {
namespace {

using datasets::FragmentRow;
using storage::hdf5::Column;
using storage::hdf5::File;
using storage::hdf5::Table;

/// In the column `margin`.
constexpr double kNoMargin = std::numeric_limits<double>::quiet_NaN();

/// Makes columns of a list of structs: one line a column.
template <class Row>
class Columns {
 public:
  explicit Columns(const std::vector<Row>& rows) : rows_(rows) {}

  template <class Value>
  Columns& texts(const char* name, Value value) {
    return add<std::string>(name, value);
  }
  template <class Value>
  Columns& reals(const char* name, Value value) {
    return add<double>(name, value);
  }
  template <class Value>
  Columns& integers(const char* name, Value value) {
    return add<int64_t>(name, value);
  }
  const std::vector<Column>& all() const { return columns_; }

 private:
  template <class T, class Value>
  Columns& add(const char* name, Value value) {
    std::vector<T> values;
    values.reserve(rows_.size());
    for (const Row& row : rows_) values.push_back(value(row));
    columns_.push_back({name, std::move(values)});
    return *this;
  }
  const std::vector<Row>& rows_;
  std::vector<Column> columns_;
};

void write_songs(File& file, const std::vector<SongSummary>& songs) {
  using S = SongSummary;
  const auto columns = Columns<S>(songs)
                           .texts("song_id", [](const S& s) { return s.song_id; })
                           .texts("original_id", [](const S& s) { return s.original_id; })
                           .reals("original_s", [](const S& s) { return s.original_s; })
                           .reals("sounding_s", [](const S& s) { return s.sounding_s; })
                           .reals("level_db", [](const S& s) { return s.level_db; })
                           .reals("pause_s", [](const S& s) { return s.pause_s; })
                           .integers("covers", [](const S& s) { return s.covers; })
                           .integers("fragments", [](const S& s) { return s.fragments; });
  write_table(file, "songs", columns.all());
}

void write_fragments(File& file, const std::vector<FragmentRow>& rows) {
  using R = FragmentRow;
  const auto columns =
      Columns<R>(rows)
          .texts("group_id", [](const R& r) { return r.group_id; })
          .texts("fragment_id", [](const R& r) { return r.fragment_id; })
          .texts("id", [](const R& r) { return r.id; })
          .texts("audio_type", [](const R& r) { return to_string(r.audio_type); })
          .texts("youtube_id", [](const R& r) { return r.youtube_id; })
          .reals("start_s", [](const R& r) { return r.interval.start_s; })
          .reals("end_s", [](const R& r) { return r.interval.end_s; })
          .reals("correlation", [](const R& r) { return r.correlation; })
          .integers("check_by_crowdsource", [](const R& r) { return r.check_by_crowdsource ? 1 : 0; })
          .integers("is_available", [](const R& r) { return r.is_available ? 1 : 0; })
          .reals("duration", [](const R& r) { return r.duration_s; })
          .texts("recording_id", [](const R& r) { return r.recording_id; })
          .integers("round", [](const R& r) { return r.round; })
          .texts("verdict", [](const R& r) { return to_string(r.verdict); })
          .texts("model_sha256", [](const R& r) { return r.model_sha256; })
          .texts("config_sha256", [](const R& r) { return r.config_sha256; })
          .texts("source_sha256", [](const R& r) { return r.source_sha256; })
          .reals("margin", [](const R& r) { return r.margin.value_or(kNoMargin); });
  write_table(file, "fragments", columns.all());
}

void write_candidates(File& file, const std::vector<Candidate>& candidates) {
  using C = Candidate;
  const auto columns = Columns<C>(candidates)
                           .texts("group_id", [](const C& c) { return c.group_id; })
                           .texts("recording_id", [](const C& c) { return c.recording_id; })
                           .reals("start_s", [](const C& c) { return c.interval.start_s; })
                           .reals("end_s", [](const C& c) { return c.interval.end_s; })
                           .reals("correlation", [](const C& c) { return c.correlation; })
                           .reals("tempo_ratio", [](const C& c) { return c.tempo_ratio; });
  write_table(file, "candidates", columns.all());
}

void write_set_aside(File& file, const std::vector<SetAside>& set_aside) {
  const auto columns = Columns<SetAside>(set_aside)
                           .texts("recording_id", [](const SetAside& s) { return s.recording_id; })
                           .texts("reason", [](const SetAside& s) { return s.reason; });
  write_table(file, "set_aside", columns.all());
}

std::vector<SongSummary> read_songs(const File& file) {
  const Table table = Table::read(file, "songs");
  const auto &song_ids = table.texts("song_id"), &original_ids = table.texts("original_id");
  const auto &original_s = table.reals("original_s"), &sounding_s = table.reals("sounding_s"),
             &level_db = table.reals("level_db"), &pause_s = table.reals("pause_s");
  const auto &covers = table.integers("covers"), &fragments = table.integers("fragments");
  std::vector<SongSummary> songs;
  songs.reserve(table.size());
  for (size_t i = 0; i < table.size(); ++i)
    songs.push_back({song_ids[i], original_ids[i], original_s[i], sounding_s[i], level_db[i], pause_s[i],
                     covers[i], fragments[i]});
  return songs;
}

TimeInterval interval_at(const Table& table, const File& file, const std::string& name, size_t row) {
  const TimeInterval interval{table.reals("start_s")[row], table.reals("end_s")[row]};
  if (!(interval.start_s >= 0 && interval.end_s > interval.start_s && std::isfinite(interval.end_s)))
    throw DataError(file.path(), fmt::format("{}: row {}", name, row),
                    fmt::format("start_s and end_s must satisfy 0 <= start < end, got {} and {}",
                                interval.start_s, interval.end_s));
  return interval;
}

double correlation_at(const Table& table, const File& file, const std::string& name, size_t row) {
  const double correlation = table.reals("correlation")[row];
  if (!std::isfinite(correlation))
    throw DataError(file.path(), fmt::format("{}: row {}", name, row), "correlation is not finite");
  return correlation;
}

datasets::RecordingKind kind_at(const Table& table, const File& file, size_t row) {
  try {
    return datasets::recording_kind(table.texts("audio_type")[row]);
  } catch (const DataError& error) {
    throw DataError(file.path(), fmt::format("fragments: row {}", row), error.what());
  }
}

datasets::Verdict verdict_at(const Table& table, const File& file, size_t row) {
  try {
    return datasets::parse_verdict(table.texts("verdict")[row]);
  } catch (const DataError& error) {
    throw DataError(file.path(), fmt::format("fragments: row {}", row), error.what());
  }
}

std::vector<FragmentRow> read_fragments(const File& file) {
  const Table table = Table::read(file, "fragments");
  const bool has_margin = table.has("margin");
  std::vector<FragmentRow> rows(table.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    FragmentRow& r = rows[i];
    r.group_id = table.texts("group_id")[i];
    r.fragment_id = table.texts("fragment_id")[i];
    r.id = table.texts("id")[i];
    r.audio_type = kind_at(table, file, i);
    r.youtube_id = table.texts("youtube_id")[i];
    r.interval = interval_at(table, file, "fragments", i);
    r.correlation = correlation_at(table, file, "fragments", i);
    r.check_by_crowdsource = table.integers("check_by_crowdsource")[i] != 0;
    r.is_available = table.integers("is_available")[i] != 0;
    r.duration_s = table.reals("duration")[i];
    r.recording_id = table.texts("recording_id")[i];
    r.round = table.integers("round")[i];
    r.verdict = verdict_at(table, file, i);
    r.model_sha256 = table.texts("model_sha256")[i];
    r.config_sha256 = table.texts("config_sha256")[i];
    r.source_sha256 = table.texts("source_sha256")[i];
    if (has_margin && !std::isnan(table.reals("margin")[i])) r.margin = table.reals("margin")[i];
  }
  return rows;
}

std::vector<Candidate> read_candidates(const File& file) {
  const Table table = Table::read(file, "candidates");
  std::vector<Candidate> candidates(table.size());
  for (size_t i = 0; i < candidates.size(); ++i)
    candidates[i] = {table.texts("group_id")[i], table.texts("recording_id")[i],
                     interval_at(table, file, "candidates", i), correlation_at(table, file, "candidates", i),
                     table.reals("tempo_ratio")[i]};
  return candidates;
}

std::vector<SetAside> read_set_aside(const File& file) {
  const Table table = Table::read(file, "set_aside");
  std::vector<SetAside> set_aside(table.size());
  for (size_t i = 0; i < set_aside.size(); ++i)
    set_aside[i] = {table.texts("recording_id")[i], table.texts("reason")[i]};
  return set_aside;
}

/// @throws DataError unless the file says that it is a mined set of a version we know
File open_mined_set(const std::filesystem::path& path) {
  File file = File::open(path);
  if (!file.has_attribute("format") || file.attribute_as_text("format") != kMinedSetFormat)
    throw DataError(path.string(), "", "is HDF5, but no mined set");
  const int64_t version = file.integer_attribute("schema_version");
  if (version != kMinedSetVersion)
    throw DataError(path.string(), "",
                    fmt::format("is a mined set of version {}, this melomine reads version {}", version,
                                kMinedSetVersion));
  return file;
}

}  // namespace

void write_mined_set(const std::filesystem::path& path, const MinedSet& set, const std::string& inputs,
                     std::string_view writer) {
  AtomicFile atomic(path, writer);
  {
    File file = File::create(atomic.temporary());
    file.set_attribute("format", std::string(kMinedSetFormat));
    file.set_attribute("schema_version", kMinedSetVersion);
    file.set_attribute("tool_version", tool_version());
    file.set_attribute("round", set.provenance.round);
    file.set_attribute("model_sha256", set.provenance.model_sha256);
    file.set_attribute("config_sha256", set.provenance.config_sha256);
    file.set_attribute("inputs", inputs);
    write_songs(file, set.songs);
    write_fragments(file, set.rows);
    write_candidates(file, set.candidates);
    write_set_aside(file, set.set_aside);
    file.flush();
  }
  atomic.commit();
}

MinedSet read_mined_set(const std::filesystem::path& path) {
  const File file = open_mined_set(path);
  MinedSet set;
  set.provenance = {file.integer_attribute("round"), file.text_attribute("model_sha256"),
                    file.text_attribute("config_sha256")};
  set.songs = read_songs(file);
  set.rows = read_fragments(file);
  set.candidates = read_candidates(file);
  set.set_aside = read_set_aside(file);
  try {
    const auto index = index_of(groups_of(set));
    for (const Candidate& candidate : set.candidates)
      if (!index.contains(candidate.group_id))
        throw DataError("candidates", candidate.group_id, "there is no such group");
  } catch (const DataError& error) {
    throw DataError(path.string(), "", error.what());
  }
  return set;
}

std::string mined_set_inputs(const std::filesystem::path& path) {
  return open_mined_set(path).text_attribute("inputs");
}

bool is_mined_set(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path) || !storage::hdf5::is_hdf5(path)) return false;
  const File file = File::open(path);
  return file.has_attribute("format") && file.attribute_as_text("format") == kMinedSetFormat;
}

}  // namespace melomine::mining
