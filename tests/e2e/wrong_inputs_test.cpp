#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/tiny_experiment.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using testing::expect_refusal;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_melomine;
using testing::TempFolder;
using testing::TinyExperiment;

TEST(E2eWrongInputs, EveryCommandHasHelpAndKnowsItsOptions) {
  for (const char* command : {"config", "diff", "evaluate", "features", "ingest", "inspect", "mine", "report",
                              "run", "synth", "train"}) {
    const auto help = run_melomine({command, "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.output, HasSubstr("examples:"));
    expect_refusal(run_melomine({command, "--nonsense"}), 2, "unknown option '--nonsense'");
    expect_refusal(run_melomine({command}), 2, "is missing");
  }
  EXPECT_EQ(run_melomine({"help", "train"}).output, run_melomine({"train", "--help"}).output);
  expect_refusal(run_melomine({"trian"}), 2, "did you mean 'train'?");
}

TEST(E2eWrongInputs, WrongDataOfAnExperimentLeavesNoRunBehind) {
  const TinyExperiment tiny;
  fs::create_directories(tiny.path("folder"));
  write_file_atomically(tiny.path("words"), "just words\n");
  const auto refused = [&](const std::string& setting, int status, const std::string& message) {
    SCOPED_TRACE(setting);
    expect_refusal(tiny.run("train", "a", {setting}), status, message);
    EXPECT_FALSE(fs::exists(tiny.path("runs")));
  };
  refused("data.shards=" + tiny.path("nowhere"), 1, "is no folder of audio shards; `melomine ingest");
  refused("data.shards=", 2, "data.shards is empty");
  refused("data.groups=" + tiny.path("nowhere"), 1, "cannot open: No such file");
  refused("data.groups=" + tiny.path("folder"), 1, "is a folder, not a file");
  refused("data.groups=" + tiny.path("words"), 1, "words: line 1: lacks the column 'group_id'");
  refused("data.held_out_songs=8", 2, "all of them are held out");
  refused("data.held_out_ids=[nobody]", 2, "no song 'nobody'");
  refused("train.device=abacus", 2, "unknown device 'abacus'");
  refused("train.length=1e30e", 2, "at most 1e9");
  refused("encoder.input_channels=3", 2, "input_channels must be 1");
  refused("name=..", 2, "must be a plain folder name");
  refused("encoder.width=1000000", 1, "libtorch: DefaultCPUAllocator");
  fs::remove(tiny.path("shards/DONE"));
  refused("seed=1", 1, "its ingest has not finished");
}

TEST(E2eWrongInputs, DamagedShardsAreNamed) {
  const TinyExperiment tiny;
  const std::string shard = tiny.path("shards/shard-00000.h5");
  std::string bytes = read_file(shard);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 5),
            bytes.begin() + static_cast<std::ptrdiff_t>(4 * bytes.size() / 5), '\xff');
  write_file_atomically(shard, bytes);
  expect_refusal(tiny.run("train", "a"), 1, "shard-00000.h5: ");
  write_file_atomically(shard, bytes.substr(0, bytes.size() / 2));
  expect_refusal(tiny.run("train", "b"), 1, "shard-00000.h5: cannot be opened as HDF5: truncated file");
  fs::remove(shard);
  expect_refusal(tiny.run("train", "b"), 1, "holds no audio shards");
}

/// One reference and one query of it.
struct Tables {
  Tables() {
    testing::write_wav(folder / "a.wav", testing::sine(220, 3));
    write_file_atomically(folder / "q.csv", "query,reference_id\na.wav,a\n");
    write_file_atomically(folder / "r.csv", "reference_id,path\na,a.wav\n");
  }
  testing::CommandResult evaluate(const std::string& references,
                                  const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"evaluate", "--queries", folder / "q.csv", "--references",
                                      folder / references};
    words.insert(words.end(), more.begin(), more.end());
    return run_melomine(words);
  }
  TempFolder folder;
};

TEST(E2eWrongInputs, FaultyReferencesAreNamedWithTheirLine) {
  const Tables tables;
  const auto with = [&](const std::string& row) {
    write_file_atomically(tables.folder / "bad.csv", "reference_id,path\na,a.wav\n" + row + "\n");
    return tables.evaluate("bad.csv");
  };
  testing::write_wav(tables.folder / "zero.wav", std::vector<int16_t>{});
  const std::string header("MThd\0\0\0\6\0\0\0\1\0\140", 14), end("MTrk\0\0\0\4\0\xff\x2f\0", 12);
  write_file_atomically(tables.folder / "nothing.mid", header + end);
  write_file_atomically(tables.folder / "cut.mid", header + end.substr(0, 9));
  expect_refusal(with("a,a.wav"), 1, "bad.csv: line 3: reference_id 'a' was given before");
  expect_refusal(with("b,gone.wav"), 1, "bad.csv: line 3: no such file: ");
  expect_refusal(with("b,zero.wav"), 1, "zero.wav: no audio could be decoded");
  expect_refusal(with("b,nothing.mid"), 1, "nothing.mid: has no note");
  expect_refusal(with("b,cut.mid"), 1, "cut.mid: track 0: truncated");
}

TEST(E2eWrongInputs, VeryShortAndSilentAudioIsSearchedAllTheSame) {
  const Tables tables;
  testing::write_wav(tables.folder / "one.wav", std::vector<int16_t>{1000});
  testing::write_wav(tables.folder / "silent.wav", std::vector<int16_t>(32000, 0));
  write_file_atomically(tables.folder / "q.csv", "query,reference_id\na.wav,a\none.wav,a\nsilent.wav,o\n");
  write_file_atomically(tables.folder / "r.csv", "reference_id,path\na,a.wav\no,one.wav\ns,silent.wav\n");
  const auto result = tables.evaluate("r.csv");
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("'silent.wav' has no pitch"));
  EXPECT_THAT(result.output, Not(HasSubstr("nan")));
}

TEST(E2eWrongInputs, WhatIsNoCheckpointIsSaidToBeNone) {
  const Tables tables;
  const auto& folder = tables.folder;
  write_file_atomically(folder / "empty", "");
  const auto with = [&](const std::string& checkpoint) {
    return tables.evaluate("r.csv", {"--checkpoint", folder / checkpoint});
  };
  expect_refusal(with("gone"), 1, "gone: cannot be opened: No such file");
  expect_refusal(with("."), 1, "is a folder, not a file");
  expect_refusal(with("empty"), 1, "empty: is too short to be a safetensors file");
  expect_refusal(with("a.wav"), 1, "not a safetensors file");
}

TEST(E2eWrongInputs, OutputsThatCannotBeWrittenAreRefusedBeforeTheWork) {
  const Tables tables;
  const auto& folder = tables.folder;
  auto result = tables.evaluate("r.csv", {"--out", folder / "a.wav"});
  expect_refusal(result, 1, "a.wav: cannot make the folder: Not a directory");
  EXPECT_THAT(result.output, Not(HasSubstr("contours")));
  expect_refusal(run_melomine({"features", folder / "a.wav", "--out", folder.path()}), 1, "is a folder");
  expect_refusal(run_melomine({"synth", "--songs", "1", "--out", folder / "a.wav"}), 1,
                 "cannot make the folder");
  write_file_atomically(folder / "songs.csv", "recording_id,song_id,kind,path\nr,s,cover,a.wav\n");
  expect_refusal(run_melomine({"ingest", folder / "songs.csv", "--out", folder / "a.wav"}), 1,
                 "cannot make the folder");
  write_file_atomically(folder / "songs.csv", "recording_id,song_id,kind,path\n");
  expect_refusal(run_melomine({"ingest", folder / "songs.csv", "--out", folder / "s"}), 1,
                 "has no recordings");
  EXPECT_FALSE(fs::exists(folder / "s"));
}

TEST(E2eWrongInputs, OptionsThatAnExperimentWouldIgnoreAreRefused) {
  expect_refusal(run_melomine({"evaluate", "experiments/demo.yaml", "--tracker", "yin"}), 2,
                 "write evaluate.sets[0].systems[0].f0.type=");
  const Tables tables;
  expect_refusal(tables.evaluate("r.csv", {"--tempo-scales", "1000000000"}), 2, "must be in [1, 1000]");
  expect_refusal(tables.evaluate("r.csv", {"--query-tempo-ratios", "0"}), 2, "must be in [0.25, 4]");
}

TEST(E2eVersion, SaysWhoChoseTheKernels) {
  const char* before = std::getenv("OPENBLAS_CORETYPE");
  const std::string kept = before == nullptr ? "" : before;
  setenv("OPENBLAS_CORETYPE", "Haswell", 1);
  EXPECT_THAT(run_melomine({"--version"}).output,
              HasSubstr("(OPENBLAS_CORETYPE=Haswell, set in the environment)"));
  for (const char* name : {"OPENBLAS_CORETYPE", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"})
    unsetenv(name);
  const auto free_choice = run_melomine({"--version"});
  EXPECT_EQ(free_choice.status, 0);
  EXPECT_THAT(free_choice.output, Not(HasSubstr("set in the environment")));
  if (before != nullptr) setenv("OPENBLAS_CORETYPE", kept.c_str(), 1);
}

TEST(E2eVersion, SaysHowThreadsWaitAndWhoSaidSo) {
  for (const char* name : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME", "MELOMINE_OPENMP_WAIT"})
    unsetenv(name);
  EXPECT_THAT(run_melomine({"--version"}).output,
              HasSubstr("GOMP_SPINCOUNT=10000 KMP_BLOCKTIME=1, chosen by melomine\n"));
  setenv("OMP_WAIT_POLICY", "passive", 1);
  const std::string passive = run_melomine({"--version"}).output;
  unsetenv("OMP_WAIT_POLICY");
  EXPECT_THAT(passive, HasSubstr(" OMP_WAIT_POLICY=passive, set in the environment\n"));
  EXPECT_THAT(passive, Not(HasSubstr("GOMP_SPINCOUNT")));
}

TEST(E2eVersion, VariablesThatAreThereAndEmptyAreChosenOnce) {
  unsetenv("OMP_WAIT_POLICY");
  for (const char* name : {"GOMP_SPINCOUNT", "KMP_BLOCKTIME", "MELOMINE_OPENMP_WAIT"}) setenv(name, "", 1);
  const std::string output = run_melomine({"--version"}).output;
  for (const char* name : {"GOMP_SPINCOUNT", "KMP_BLOCKTIME", "MELOMINE_OPENMP_WAIT"}) unsetenv(name);
  EXPECT_THAT(output, HasSubstr("GOMP_SPINCOUNT=10000 KMP_BLOCKTIME=1, chosen by melomine\n"));
}

}  // namespace
}  // namespace melomine
