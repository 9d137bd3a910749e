#include "library/segment.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"

namespace melomine::library {
namespace {

namespace fs = std::filesystem;

/// Steps of a semitone in which contours are kept; 0 is a rest.
constexpr float kPitchSteps = 256;

std::vector<int64_t> starts(const std::vector<Song>& songs, int64_t Song::*count) {
  std::vector<int64_t> first{0};
  for (const Song& song : songs) first.push_back(first.back() + song.*count);
  return first;
}

}  // namespace

fs::path segment_folder(const fs::path& library, const std::string& name) {
  return library / kSegmentsFolder / name;
}

void check_file(const fs::path& file, const FileRecord& record, bool content) {
  std::error_code error;
  const auto bytes = fs::file_size(file, error);
  if (error) throw DataError(file.string(), "", fmt::format("is missing ({})", error.message()));
  if (static_cast<int64_t>(bytes) != record.bytes)
    throw DataError(file.string(), "",
                    fmt::format("has {} bytes, {} say its library's {}; it is torn or of another generation",
                                bytes, record.bytes, kManifestFile));
  if (content && record_of(file).sha256 != record.sha256)
    throw DataError(file.string(), "",
                    fmt::format("is not the file that its library's {} names: other bytes", kManifestFile));
}

SegmentWriter::SegmentWriter(const fs::path& library, const std::string& name, int64_t dim)
    : final_(segment_folder(library, name)), partial_(final_.string() + ".partial") {
  record_.name = name;
  fs::remove_all(partial_);
  make_folder(partial_);
  sequences_ = std::make_unique<NpyWriter>(partial_ / kSequencesFile, dim);
  contours_ = std::make_unique<NpyWriter>(partial_ / kContoursFile, 0);
}

SegmentWriter::~SegmentWriter() {
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
}

void SegmentWriter::add(HeardSong heard) {
  Song& song = heard.song;
  song.steps = heard.fingerprints.steps;
  song.frames = heard.contour.frames();
  std::vector<int16_t> values(heard.fingerprints.values.size());
  retrieval::to_fixed(retrieval::view(heard.fingerprints), values.data());
  sequences_->append(values);
  values.resize(static_cast<size_t>(song.frames));
  for (size_t t = 0; t < values.size(); ++t)
    values[t] = heard.contour.voiced[t] != 0
                    ? static_cast<int16_t>(std::lround(heard.contour.pitch_midi[t] * kPitchSteps))
                    : int16_t{0};
  contours_->append(values);
  count(std::move(song));
}

void SegmentWriter::copy(const Song& song, const Segment& from, int64_t number) {
  const retrieval::FixedView sequence = from.sequence(number);
  sequences_->append({sequence.values, static_cast<size_t>(sequence.steps * sequence.dim)});
  contours_->append(from.contour(number));
  count(song);
}

void SegmentWriter::count(Song song) {
  record_.steps += song.steps;
  record_.frames += song.frames;
  ++record_.songs;
  songs_.push_back(std::move(song));
}

SegmentRecord SegmentWriter::finish() {
  sequences_->finish();
  contours_->finish();
  write_songs(partial_ / kSongsFile, songs_);
  for (const char* file : {kSongsFile, kSequencesFile, kContoursFile})
    record_.files[file] = record_of(partial_ / file);
  fs::remove_all(final_);  // of a run that was killed before it counted
  std::error_code error;
  fs::rename(partial_, final_, error);
  if (error) throw DataError(final_.string(), "", fmt::format("cannot be made: {}", error.message()));
  return record_;
}

Segment::Segment(const fs::path& library, const SegmentRecord& record, int64_t dim)
    : dim_(dim),
      songs_([&] {
        const fs::path folder = segment_folder(library, record.name);
        for (const auto& [name, file] : record.files) check_file(folder / name, file, name == kSongsFile);
        return read_songs(folder / kSongsFile);
      }()),
      first_step_(starts(songs_, &Song::steps)),
      first_frame_(starts(songs_, &Song::frames)),
      sequences_(segment_folder(library, record.name) / kSequencesFile, dim),
      contours_(segment_folder(library, record.name) / kContoursFile, 0) {
  if (songs_.size() != static_cast<size_t>(record.songs) || sequences_.rows() != first_step_.back() ||
      contours_.rows() != first_frame_.back())
    throw DataError(
        segment_folder(library, record.name).string(), "",
        "has arrays of other lengths, or other songs, than its songs.csv or the library says; it is torn");
}

retrieval::FixedView Segment::sequence(int64_t song) const {
  const auto s = static_cast<size_t>(song);
  return {.values = sequences_.row(first_step_[s]), .steps = songs_[s].steps, .dim = dim_};
}

std::span<const int16_t> Segment::contour(int64_t song) const {
  const auto s = static_cast<size_t>(song);
  return {contours_.row(first_frame_[s]), static_cast<size_t>(songs_[s].frames)};
}

std::vector<float> Segment::pitch(int64_t song) const {
  std::vector<float> pitch;
  for (const int16_t value : contour(song)) pitch.push_back(static_cast<float>(value) / kPitchSteps);
  return pitch;
}

}  // namespace melomine::library
