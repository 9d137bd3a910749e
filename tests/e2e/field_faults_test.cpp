#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "core/csv.h"
#include "datasets/audio_store.h"
#include "tests/e2e/loop_experiment.h"
#include "tests/support/ffmpeg.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

/// A copy of the corpus of an experiment in which covers carry the field's faults, a kind of fault each.
class FieldCorpus {
 public:
  FieldCorpus() {
    fs::copy(experiment_.path("corpus"), experiment_.path("field"), fs::copy_options::recursive);
  }
  const testing::LoopExperiment& experiment() const { return experiment_; }

  /// The stem of a song's first cover, or of its second.
  fs::path cover(int song, size_t which = 0) const {
    return experiment_.path("field/vocals/" + cover_id(song, which) + ".flac");
  }
  std::string cover_id(int song, size_t which = 0) const {
    const CsvTable table = CsvTable::read(experiment_.path("corpus/songs_vocals.csv"));
    std::set<std::string> songs;
    for (size_t row = 0; row < table.size(); ++row) songs.insert(table.text(row, "song_id"));
    const std::string wanted = *std::next(songs.begin(), song);
    std::vector<std::string> covers;
    for (size_t row = 0; row < table.size(); ++row)
      if (table.text(row, "song_id") == wanted && table.text(row, "kind") == "cover")
        covers.push_back(table.text(row, "recording_id"));
    return covers.at(which);
  }

  void append(int song, const std::string& bytes) const {
    write_file_atomically(cover(song), read_file(cover(song)) + bytes);
  }
  void replace(int song, const std::string& bytes) const { write_file_atomically(cover(song), bytes); }
  /// The cover as WAV, made by ffmpeg. @param filter  more of its options
  std::string as_wav(int song, const std::vector<std::string>& filter = {}) const {
    std::vector<std::string> options = filter;
    options.insert(options.end(), {"-c:a", "pcm_s16le"});
    return converted(cover(song), "wav", options);
  }
  /// A file as WebM from whose middle a share is missing, as where fragments were never fetched.
  std::string webm_with_hole(const fs::path& file, double share) const {
    const std::string cluster = "\x1f\x43\xb6\x75";
    const std::string webm = converted(file, "webm", {"-c:a", "libopus", "-cluster_time_limit", "500"});
    std::vector<size_t> places;
    for (size_t at = webm.find(cluster); at != std::string::npos; at = webm.find(cluster, at + 1))
      places.push_back(at);
    const double count = static_cast<double>(places.size());
    const auto first = static_cast<size_t>(count * (1 - share) / 2);
    const auto last = static_cast<size_t>(count * (1 + share) / 2);
    if (first == last) throw std::runtime_error("too few clusters to take some out");
    return webm.substr(0, places.at(first)) + webm.substr(places.at(last));
  }

 private:
  std::string converted(const fs::path& file, const std::string& extension,
                        const std::vector<std::string>& options) const {
    const std::string made = experiment_.path("made." + extension);
    std::vector<std::string> words = {"-i", file.string()};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(made);
    testing::ffmpeg(words);
    return read_file(made);
  }
  testing::LoopExperiment experiment_;
};

/// A row of a mined table without the hash of the source file, by which a mended file differs.
std::vector<std::string> mined_rows(const std::string& table_file, const std::set<std::string>& without) {
  const CsvTable table = CsvTable::read(table_file);
  std::vector<std::string> rows;
  for (size_t row = 0; row < table.size(); ++row) {
    bool of_other = false;
    for (const std::string& song : without) of_other |= table.text(row, "group_id").starts_with(song);
    if (of_other) continue;
    std::string text;
    for (const std::string& column : table.columns())
      if (column != "source_sha256") text += table.text(row, column) + "|";
    rows.push_back(text);
  }
  return rows;
}

/// What a table of shards tells of each recording in it.
std::map<std::string, std::string> told(const std::string& table_file, const std::string& column) {
  const CsvTable table = CsvTable::read(table_file);
  std::map<std::string, std::string> told;
  for (size_t row = 0; row < table.size(); ++row)
    told[table.text(row, "recording_id")] = table.text(row, column);
  return told;
}

std::string samples_of(const datasets::AudioStore& store, const std::string& id) {
  const int64_t index = store.find(id);
  return index < 0 ? "" : store.at(static_cast<size_t>(index)).samples_sha256;
}

TEST(E2eFieldFaults, WhatCanBeRecoveredIsAndTheRestOfTheCorpusIsMinedAsIfNothingWereWrong) {
  const FieldCorpus field;
  const auto& tiny = field.experiment();
  std::string id3v1 = "TAG" + std::string(125, 'x');
  field.append(0, id3v1);
  std::string wav = field.as_wav(1);
  wav[4] = static_cast<char>(wav[4] + 8);  // the outer size says 8 bytes too many
  field.replace(1, wav);
  field.replace(2, field.as_wav(2, {"-af", "pan=stereo|c0=c0|c1=-1*c0"}));
  field.replace(3, "<!DOCTYPE html><html><body>403 Forbidden</body></html>");
  field.replace(4, read_file(field.cover(4)).substr(0, 60000));
  field.replace(5, field.webm_with_hole(field.cover(5), 0.2));
  write_file_atomically(field.cover(5, 1), field.webm_with_hole(field.cover(5, 1), 0.7));

  const std::string shards = tiny.path("field_shards");
  const testing::CommandResult ingested =
      testing::run_melomine({"ingest", tiny.path("field/songs_vocals.csv"), "--out", shards});
  ASSERT_EQ(ingested.status, 0) << ingested.output;
  EXPECT_THAT(told(shards + "/set_aside.csv", "reason"),
              UnorderedElementsAre(Pair(field.cover_id(3), HasSubstr("it is an HTML page")),
                                   Pair(field.cover_id(4), HasSubstr("damaged at ")),
                                   Pair(field.cover_id(5, 1), HasSubstr("1 gaps of "))));
  EXPECT_THAT(told(shards + "/repaired.csv", "repairs"),
              UnorderedElementsAre(
                  Pair(field.cover_id(0), "bytes without audio skipped in 1 place"),
                  Pair(field.cover_id(2), "channel 1 alone taken, as the channels cancel each other out"),
                  Pair(field.cover_id(5), AllOf(HasSubstr("1 gap of "), HasSubstr("filled with silence")))));
  const datasets::AudioStore clean(tiny.path("shards")), mended(shards);
  EXPECT_EQ(mended.size() + 3, clean.size());
  const std::set<std::string> others = {field.cover_id(3), field.cover_id(4), field.cover_id(5, 1),
                                        field.cover_id(5)};
  for (size_t i = 0; i < clean.size(); ++i) {
    const std::string& id = clean.at(i).recording.recording_id;
    if (others.contains(id)) continue;
    EXPECT_EQ(samples_of(mended, id), clean.at(i).samples_sha256) << id;
  }

  ASSERT_EQ(tiny.loop("run", "clean", {"loop.rounds=1"}).status, 0);
  const std::string encoder = tiny.run_file("clean", "round_00/train/best.safetensors");
  const testing::CommandResult mined = tiny.loop(
      "mine", "field", {"loop.rounds=1", "data.shards=" + shards, "--round", "1", "--checkpoint", encoder});
  ASSERT_EQ(mined.status, 0) << mined.output;
  // Of the songs whose covers are gone, or were encoded anew, those covers may differ.
  std::set<std::string> touched;
  for (const int song : {3, 4, 5}) {
    const int64_t index = clean.find(field.cover_id(song));
    touched.insert(clean.at(static_cast<size_t>(index)).recording.song_id);
  }
  const auto before = mined_rows(tiny.run_file("clean", "round_01/mine/mined.csv"), touched);
  EXPECT_THAT(before, Not(IsEmpty()));
  EXPECT_EQ(mined_rows(tiny.run_file("field", "round_01/mine/mined.csv"), touched), before);
}

}  // namespace
}  // namespace melomine
