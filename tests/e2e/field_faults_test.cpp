#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "core/csv.h"
#include "datasets/audio_store.h"
#include "tests/e2e/loop_experiment.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A copy of the corpus of an experiment in which covers carry the field's faults, a kind of fault each.
class FieldCorpus {
 public:
  FieldCorpus() {
    fs::copy(experiment_.path("corpus"), experiment_.path("field"), fs::copy_options::recursive);
  }
  const testing::LoopExperiment& experiment() const { return experiment_; }

  /// The stem of a song's first cover.
  fs::path cover(int song) const { return experiment_.path("field/vocals/" + cover_id(song) + ".flac"); }
  std::string cover_id(int song) const {
    const CsvTable table = CsvTable::read(experiment_.path("corpus/songs_vocals.csv"));
    std::set<std::string> songs;
    for (size_t row = 0; row < table.size(); ++row) songs.insert(table.text(row, "song_id"));
    const std::string wanted = *std::next(songs.begin(), song);
    for (size_t row = 0; row < table.size(); ++row)
      if (table.text(row, "song_id") == wanted && table.text(row, "kind") == "cover")
        return table.text(row, "recording_id");
    return "";
  }

  void append(int song, const std::string& bytes) const {
    write_file_atomically(cover(song), read_file(cover(song)) + bytes);
  }
  void replace(int song, const std::string& bytes) const { write_file_atomically(cover(song), bytes); }
  /// The cover as WAV under its own name, made by ffmpeg. @param filter  more of its options
  std::string as_wav(int song, const std::vector<std::string>& filter = {}) const {
    std::vector<std::string> words = {"ffmpeg", "-v", "error", "-y", "-i", cover(song).string()};
    words.insert(words.end(), filter.begin(), filter.end());
    const std::string wav = experiment_.path("made.wav");
    words.insert(words.end(), {"-c:a", "pcm_s16le", wav});
    const testing::CommandResult made = testing::run_command(words);
    if (made.status != 0) throw std::runtime_error(made.output);
    return read_file(wav);
  }

 private:
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

std::map<std::string, std::string> set_aside(const std::string& folder) {
  const CsvTable table = CsvTable::read(folder + "/set_aside.csv");
  std::map<std::string, std::string> reasons;
  for (size_t row = 0; row < table.size(); ++row)
    reasons[table.text(row, "recording_id")] = table.text(row, "reason");
  return reasons;
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

  const std::string shards = tiny.path("field_shards");
  const testing::CommandResult ingested =
      testing::run_melomine({"ingest", tiny.path("field/songs_vocals.csv"), "--out", shards});
  ASSERT_EQ(ingested.status, 0) << ingested.output;
  const auto reasons = set_aside(shards);
  ASSERT_EQ(reasons.size(), 2u) << ingested.output;
  EXPECT_THAT(reasons.at(field.cover_id(3)), HasSubstr("it is an HTML page"));
  EXPECT_THAT(reasons.at(field.cover_id(4)), HasSubstr("damaged at "));
  const datasets::AudioStore clean(tiny.path("shards")), mended(shards);
  EXPECT_EQ(mended.size() + 2, clean.size());
  for (int song = 0; song < 3; ++song)
    EXPECT_EQ(samples_of(mended, field.cover_id(song)), samples_of(clean, field.cover_id(song)))
        << "cover " << song << " is recovered to the sample";

  ASSERT_EQ(tiny.loop("run", "clean", {"loop.rounds=1"}).status, 0);
  const std::string encoder = tiny.run_file("clean", "round_00/train/best.safetensors");
  const testing::CommandResult mined = tiny.loop(
      "mine", "field", {"loop.rounds=1", "data.shards=" + shards, "--round", "1", "--checkpoint", encoder});
  ASSERT_EQ(mined.status, 0) << mined.output;
  // Of the songs whose covers are gone only those covers may differ.
  std::set<std::string> touched;
  for (const int song : {3, 4}) {
    const int64_t index = clean.find(field.cover_id(song));
    touched.insert(clean.at(static_cast<size_t>(index)).recording.song_id);
  }
  const auto before = mined_rows(tiny.run_file("clean", "round_01/mine/mined.csv"), touched);
  EXPECT_THAT(before, Not(IsEmpty()));
  EXPECT_EQ(mined_rows(tiny.run_file("field", "round_01/mine/mined.csv"), touched), before);
}

}  // namespace
}  // namespace melomine
