#include "library/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <filesystem>
#include <fstream>

#include "core/atomic_file.h"
#include "core/sha256.h"
#include "tests/library/planted_songs.h"

namespace melomine::library {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::PlantedSongs;

BuildSummary add(const PlantedSongs& planted, const std::vector<SongFile>& songs,
                 const BuildOptions& options = {}) {
  RunObserver silent;
  return planted.builder().add(songs, PlantedSongs::hear, options, silent);
}

std::vector<std::string> ids_of(const Library& library) {
  std::vector<std::string> ids;
  for (int64_t n = 0; n < library.size(); ++n)
    if (!library.is_removed(n)) ids.push_back(library.song(n).id);
  return ids;
}

template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

/// SHA-256 of every file by its name.
std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      content[fs::relative(entry.path(), folder).string()] = sha256_of_file(entry.path());
  return content;
}

TEST(Library, HoldsWhatWasHeard) {
  PlantedSongs planted;
  const BuildSummary summary = add(planted, planted.songs(0, 5), {.songs_per_segment = 2});
  EXPECT_EQ(summary.songs, 5);
  EXPECT_EQ(summary.added, 5);
  EXPECT_EQ(summary.factory, "Flat");
  const Library library = Library::open(planted.library());
  EXPECT_THAT(ids_of(library), ElementsAre("song0", "song1", "song2", "song3", "song4"));
  const int64_t number = library.find("song3");
  EXPECT_EQ(library.song(number).title, "Song 3");
  const HeardSong heard = PlantedSongs::hear(planted.song(3));
  const auto values = retrieval::from_fixed(library.sequence(number));
  ASSERT_EQ(values.size(), heard.fingerprints.values.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], heard.fingerprints.values[i], 2e-5);
  EXPECT_EQ(library.pitch(number), heard.contour.pitch_midi);
  EXPECT_EQ(library.find("song9"), -1);
}

TEST(Library, FindsTheNearestFingerprintsOfAllIndexes) {
  PlantedSongs planted;
  add(planted, planted.songs(0, 4));
  add(planted, planted.songs(4, 8));
  const Library library = Library::open(planted.library());
  EXPECT_EQ(library.manifest().indexes.size(), 2u);
  for (const char* id : {"song1", "song6"}) {
    const int64_t number = library.find(id);
    const auto values = retrieval::from_fixed(library.sequence(number));
    const auto found = library.nearest(std::span(values).subspan(10 * PlantedSongs::kDim, PlantedSongs::kDim),
                                       {.neighbours = 3});
    EXPECT_EQ(found[0].number, library.first_steps()[static_cast<size_t>(number)] + 10);
    EXPECT_NEAR(found[0].similarity, 1, 1e-4);
    EXPECT_GE(found[1].similarity, found[2].similarity);
  }
}

TEST(Library, DoesNotDependOnThreadsOrOnHowSongsWereDealtOut) {
  PlantedSongs planted;
  const auto songs = planted.songs(0, 9);
  add(planted, songs, {.factory = "IVF4,SQ8"});
  const auto parallel = content_of(planted.library());
  fs::remove_all(planted.library());
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  add(planted, songs, {.factory = "IVF4,SQ8"});
  EXPECT_EQ(content_of(planted.library()), parallel);
}

TEST(Library, HearsNothingTwice) {
  PlantedSongs planted;
  add(planted, planted.songs(0, 5));
  int heard = 0;
  RunObserver silent;
  const auto summary = planted.builder().add(
      planted.songs(0, 6),
      [&](const SongFile& song) {
        ++heard;
        return PlantedSongs::hear(song);
      },
      {}, silent);
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(summary.unchanged, 5);
  EXPECT_EQ(summary.added, 1);
  EXPECT_EQ(Library::open(planted.library()).songs(), 6);
}

TEST(Library, TakesASongWhoseFileHasChangedInPlaceOfTheOldOne) {
  PlantedSongs planted;
  add(planted, planted.songs(0, 3));
  const auto summary = add(planted, {planted.song(1, "40")});
  EXPECT_EQ(summary.replaced, 1);
  const Library library = Library::open(planted.library());
  EXPECT_THAT(ids_of(library), ElementsAre("song0", "song2", "song1"));
  EXPECT_EQ(library.songs(), 3);
  EXPECT_EQ(library.sequence(library.find("song1")).steps, PlantedSongs::kSteps + 40 % 7);
}

TEST(Library, SetsBrokenSongsAsideAndGoesOn) {
  PlantedSongs planted;
  auto songs = planted.songs(0, 3);
  songs[1] = planted.song(1, "broken");
  const auto summary = add(planted, songs);
  ASSERT_EQ(summary.set_aside.size(), 1u);
  EXPECT_EQ(summary.set_aside[0].id, "song1");
  EXPECT_THAT(summary.set_aside[0].reason, HasSubstr("is broken"));
  EXPECT_THAT(ids_of(Library::open(planted.library())), ElementsAre("song0", "song2"));
}

TEST(Library, RemovesSongsAndRebuildsWithoutThem) {
  PlantedSongs planted;
  add(planted, planted.songs(0, 4));
  add(planted, planted.songs(4, 6));
  EXPECT_EQ(planted.builder().remove(std::vector<std::string>{"song1", "song5"}).songs, 4);
  EXPECT_THAT(ids_of(Library::open(planted.library())), ElementsAre("song0", "song2", "song3", "song4"));
  EXPECT_THAT(message_of([&] {
                planted.builder().remove(std::vector<std::string>{"song0", "song1"});
              }),
              HasSubstr("has no song 'song1'; nothing was removed"));
  RunObserver silent;
  const auto summary = planted.builder().rebuild({}, silent);
  EXPECT_EQ(summary.songs, 4);
  const Library library = Library::open(planted.library());
  EXPECT_EQ(library.size(), 4);
  EXPECT_EQ(library.manifest().segments.size(), 1u);
  const auto values = retrieval::from_fixed(library.sequence(library.find("song4")));
  EXPECT_NEAR(values[5], PlantedSongs::hear(planted.song(4)).fingerprints.values[5], 2e-5);
  EXPECT_GT(verify(planted.library()), 0);
}

TEST(Library, RefusesFilesOfAnotherGeneration) {
  PlantedSongs planted;
  add(planted, planted.songs(0, 3));
  const fs::path library = planted.library();
  const std::string segment = Library::open(library).manifest().segments[0].name;
  const std::string index = Library::open(library).manifest().indexes[0].name;
  const fs::path copy = planted.folder() / "copy";
  for (const fs::path& file :
       {fs::path("segments") / segment / "sequences.npy", fs::path("segments") / segment / "songs.csv",
        fs::path("segments") / segment / "contours.npy", fs::path("indexes") / index,
        fs::path("model.safetensors")}) {
    fs::remove_all(copy);
    fs::copy(library, copy, fs::copy_options::recursive);
    std::ofstream(copy / file, std::ios::app) << "x";
    EXPECT_THAT(message_of([&] { Library::open(copy); }), HasSubstr("torn or of another generation")) << file;
    fs::remove(copy / file);
    EXPECT_THAT(message_of([&] { Library::open(copy); }), HasSubstr("is missing")) << file;
  }
}

TEST(Library, VerifiesEveryByte) {
  PlantedSongs planted;
  add(planted, planted.songs(0, 3));
  const fs::path file = planted.library() / "segments" /
                        Library::open(planted.library()).manifest().segments[0].name / "sequences.npy";
  std::string content = read_file(file);
  content[1000] = static_cast<char>(content[1000] ^ 1);
  std::ofstream(file, std::ios::binary) << content;
  EXPECT_NO_THROW(Library::open(planted.library()));  // of large files it looks at the size alone
  EXPECT_THAT(message_of([&] { verify(planted.library()); }), HasSubstr("other bytes"));
}

TEST(Library, SaysWhatIsWrong) {
  PlantedSongs planted;
  EXPECT_THAT(message_of([&] { Library::open(planted.library()); }), HasSubstr("is no library"));
  add(planted, planted.songs(0, 2));
  PlantedSongs::write(planted.checkpoint(), "another encoder");
  EXPECT_THAT(message_of([&] { planted.builder(); }), HasSubstr("was made with another encoder"));
  auto twice = planted.songs(2, 4);
  twice[1].id = "song2";
  PlantedSongs::write(planted.checkpoint(), "an encoder");
  EXPECT_THAT(message_of([&] { add(planted, twice); }), HasSubstr("the id 'song2' is given twice"));
  EXPECT_THAT(message_of([&] { add(planted, planted.songs(4, 6), {.factory = "IVF,PQ"}); }), "")
      << "a library that has an index keeps its kind";
  const std::string manifest = (planted.library() / kManifestFile).string();
  std::ofstream(manifest) << "{";
  EXPECT_THAT(message_of([&] { Library::open(planted.library()); }), HasSubstr("is damaged"));
}

TEST(Library, RefusesAnIndexThatFaissDoesNotKnow) {
  PlantedSongs planted;
  EXPECT_THAT(message_of([&] { add(planted, planted.songs(0, 3), {.factory = "Flatt"}); }),
              HasSubstr("index 'Flatt' is none that FAISS can make"));
  EXPECT_EQ(add(planted, planted.songs(0, 3)).songs, 3);  // what was heard is not lost
}

}  // namespace
}  // namespace melomine::library
