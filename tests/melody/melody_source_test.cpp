#include "melody/melody_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/logging.h"
#include "tests/melody/tunes.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace melomine::melody {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::midi_file;
using testing::random_tune;

class MelodySources : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_file_atomically(folder_ / name, content);
  }
  void write_tune(const std::string& name, uint64_t seed, int notes = 20) {
    write(name, midi_file(random_tune(seed, notes)));
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::vector<std::string> ids(const std::vector<MelodySource>& sources) const {
    std::vector<std::string> all;
    for (const Melody& melody : read_melodies(sources)) all.push_back(melody.id);
    return all;
  }
  std::string problem(const std::vector<MelodySource>& sources) const {
    try {
      read_melodies(sources);
    } catch (const Error& e) {
      return e.what();
    }
    return "read";
  }
  testing::TempFolder folder_;
};

TEST_F(MelodySources, AFolderGivesItsMidiFilesByPathWithTheNotesTheyHold) {
  write_tune("tunes/b.mid", 1);
  write_tune("tunes/a.MID", 2);
  write_tune("tunes/deep/c.kar", 3);
  write_tune("tunes/by_content", 4);
  write("tunes/readme.txt", "no tune");
  write("tunes/._b.mid", "left by macOS");
  EXPECT_THAT(ids({{path("tunes"), {}}}), ElementsAre("a", "b", "by_content", "c"));
  const std::vector<Melody> melodies = read_melodies({{path("tunes"), {}}});
  const std::vector<dsp::Note> written = random_tune(1, 20);
  ASSERT_EQ(melodies[1].notes.size(), written.size());
  for (size_t n = 0; n < written.size(); ++n) {
    EXPECT_NEAR(melodies[1].notes[n].start_s, written[n].start_s, 1e-3);
    EXPECT_NEAR(melodies[1].notes[n].end_s, written[n].end_s, 1.1e-3);
    EXPECT_EQ(melodies[1].notes[n].pitch_midi, written[n].pitch_midi);
  }
}

TEST_F(MelodySources, ATableGivesItsRowsInTheirOrderAndSeveralSourcesFollowEachOther) {
  write_tune("set/x.mid", 1);
  write_tune("set/y.mid", 2);
  write_tune("set/not_listed.mid", 3);
  write("set/train.csv", "reference_id,path,title\ntwo,y.mid,Y\none,x.mid,X\n");
  write_tune("more/x.mid", 4);
  EXPECT_THAT(ids({{path("set/train.csv"), {}}, {path("more"), {}}}), ElementsAre("two", "one", "x"));
  // One id in two sources is no error: they are two melodies.
  EXPECT_THAT(ids({{path("more"), {}}, {path("more"), {}}}), ElementsAre("x", "x"));
}

TEST_F(MelodySources, LeavesOutByIdAndKnowsThatAnIdIsNowhere) {
  for (const char* name : {"150", "331", "680", "776"}) write_tune(std::string("pop/") + name + ".mid", 7);
  EXPECT_THAT(ids({{path("pop"), {"331", "776"}}}), ElementsAre("150", "680"));
  EXPECT_THAT(problem({{path("pop"), {"313"}}}), HasSubstr("has no melody '313'; did you mean '331'?"));
  EXPECT_THROW(read_melodies({{path("pop"), {"999"}}}), ConfigError);
  EXPECT_THAT(problem({{path("pop"), {"150", "331", "680", "776"}}}), HasSubstr("holds no melody"));
}

TEST_F(MelodySources, BrokenFilesAreSetAsideAndToldInOneWarning) {
  const std::string good = midi_file(random_tune(1, 20));
  for (int i = 0; i < 5; ++i) write("mixed/broken_" + std::to_string(i) + ".mid", good.substr(0, 60));
  write("mixed/empty.mid", "");
  write("mixed/no_notes.mid", midi_file({}));
  write("mixed/good.mid", good);
  const std::filesystem::path log_path = folder_ / "log";
  {
    const LogFile log(log_path);
    EXPECT_THAT(ids({{path("mixed"), {}}}), ElementsAre("good"));
  }
  const std::string logged = read_file(log_path);
  EXPECT_THAT(logged, HasSubstr("7 of 8 files set aside"));
  EXPECT_THAT(logged, HasSubstr("broken_0.mid"));
  EXPECT_THAT(logged, HasSubstr("broken_2.mid"));
  EXPECT_THAT(logged, ::testing::Not(HasSubstr("broken_3.mid")));
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1);
}

TEST_F(MelodySources, AFileOfATableThatIsNotThereIsSetAside) {
  write_tune("set/x.mid", 1);
  write("set/t.csv", "reference_id,path\nx,x.mid\ngone,gone.mid\n");
  EXPECT_THAT(ids({{path("set/t.csv"), {}}}), ElementsAre("x"));
}

TEST_F(MelodySources, WithoutAnyMelodyItIsAnError) {
  write("mixed/a.mid", "MThd");
  std::filesystem::create_directories(folder_ / "void");
  write("set/wrong.csv", "id,path\nx,x.mid\n");
  EXPECT_THROW(read_melodies({}), ConfigError);
  EXPECT_THAT(problem({{path("mixed"), {}}}), HasSubstr("none of 1 files holds a melody"));
  EXPECT_THAT(problem({{path("void"), {}}}), HasSubstr("holds no melody"));
  EXPECT_THAT(problem({{path("set/wrong.csv"), {}}}), HasSubstr("lacks the column 'reference_id'"));
  EXPECT_THROW(read_melodies({{path("nowhere"), {}}}), DataError);
}

TEST_F(MelodySources, PropertyTheOrderIsTheSameForAnyNumberOfThreads) {
  for (int i = 0; i < 60; ++i) write_tune("tunes/t" + std::to_string(i) + ".mid", static_cast<uint64_t>(i));
  const std::vector<Melody> many = read_melodies({{path("tunes"), {}}});
  const oneapi::tbb::global_control one_thread(oneapi::tbb::global_control::max_allowed_parallelism, 1);
  const std::vector<Melody> one = read_melodies({{path("tunes"), {}}});
  ASSERT_EQ(many.size(), one.size());
  for (size_t m = 0; m < one.size(); ++m) {
    EXPECT_EQ(many[m].id, one[m].id);
    EXPECT_EQ(many[m].notes.front().pitch_midi, one[m].notes.front().pitch_midi);
  }
}

TEST(MelodySource, IsReadFromYaml) {
  const auto source =
      configs::parse_config<MelodySource>("{path: pop909, leave_out: ['331', '150']}", "s.yaml");
  EXPECT_EQ(source.path, "pop909");
  EXPECT_THAT(source.leave_out, ElementsAre("331", "150"));
}

TEST(MelodySource, ComposedMelodiesDependOnTheirSeedAlone) {
  const auto from = [](const char* yaml) {
    return std::vector{configs::parse_config<MelodySource>(yaml, "s.yaml")};
  };
  const auto melodies = read_melodies(from("{composed: 40, seed: 3}")),
             again = read_melodies(from("{composed: 41, seed: 3}")),
             others = read_melodies(from("{composed: 40, seed: 4}"));
  ASSERT_EQ(melodies.size(), 40u);
  size_t same = 0;
  for (size_t i = 0; i < melodies.size(); ++i) {
    const auto& notes = melodies[i].notes;
    ASSERT_GE(notes.size(), 10u) << i;
    EXPECT_LE(notes.back().end_s, 60.5);
    for (size_t n = 1; n < notes.size(); ++n) EXPECT_GE(notes[n].start_s, notes[n - 1].start_s) << i;
    ASSERT_EQ(again[i].notes.size(), notes.size());
    EXPECT_EQ(again[i].notes.back().end_s, notes.back().end_s);
    same += others[i].notes.size() == notes.size() && others[i].notes[3].pitch_midi == notes[3].pitch_midi;
  }
  EXPECT_EQ(melodies[7].id, "composed_00008");
  EXPECT_LT(same, 10u);
  EXPECT_THROW(configs::parse_config<MelodySource>("{composed: 4, path: pop909}", "s.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<MelodySource>("{path: pop909, seed: 4}", "s.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<MelodySource>("{composed: 4, leave_out: ['1']}", "s.yaml"), ConfigError);
  EXPECT_THROW(configs::parse_config<MelodySource>("{}", "s.yaml"), ConfigError);
}

TEST(MelodySource, RealCollectionsAreReadWhole) {
  const std::filesystem::path folk = testing::shared_data() / "refs_mirqbsh/references.csv";
  MELOMINE_REQUIRE_PATH(folk);
  EXPECT_EQ(read_melodies({{folk.string(), {}}}).size(), 48u);
}

}  // namespace
}  // namespace melomine::melody
