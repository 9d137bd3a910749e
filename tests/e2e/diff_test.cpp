#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "datasets/fragment_groups.h"
#include "mining/mined_set.h"
#include "tests/support/run_melomine.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_melomine;
using testing::TempFolder;

constexpr const char* kHeader =
    "group_id,fragment_id,id,audio_type,youtube_id,interval,correlation,check_by_crowdsource,is_available,"
    "duration,recording_id,round,verdict,model_sha256,config_sha256,source_sha256\n";
constexpr const char* kBefore =
    "s_r01_01,1,o,original,,\"(0, 10)\",1,False,True,10,o,1,relevant,m,c,x\n"
    "s_r01_01,1,c1,cover,,\"(5, 15)\",0.8,False,True,10,c1,1,relevant,m,c,x\n"
    "s_r01_01,1,c2,cover,,\"(7, 17)\",0.45,False,True,10,c2,1,uncertain,m,c,x\n"
    "s_r01_02,2,o,original,,\"(20, 30)\",1,False,True,10,o,1,relevant,m,c,x\n"
    "s_r01_02,2,c1,cover,,\"(25, 35)\",0.6,False,True,10,c1,1,relevant,m,c,x\n";
constexpr const char* kAfter =
    "s_r02_01,1,o,original,,\"(0, 10)\",1,False,True,10,o,2,relevant,n,c,x\n"
    "s_r02_01,1,c1,cover,,\"(5.25, 15.25)\",0.9,False,True,10,c1,2,relevant,n,c,x\n"
    "s_r02_01,1,c2,cover,,\"(7, 17)\",0.55,False,True,10,c2,2,relevant,n,c,x\n"
    "s_r02_01,1,c3,cover,,\"(1, 11)\",0.7,False,True,10,c3,2,relevant,n,c,x\n";

/// Two rounds of a run, mined by hand.
struct TwoRounds {
  TwoRounds() {
    for (const char* round : {"round_01", "round_02"}) fs::create_directories(folder / round / "mine");
    write_file_atomically(folder / "experiment.yaml", "name: hand\n");
    write_file_atomically(path("round_01/mine/mined.csv"), std::string(kHeader) + kBefore);
    write_file_atomically(path("round_02/mine/mined.csv"), std::string(kHeader) + kAfter);
  }
  std::string path(const std::string& name) const { return (folder.path() / name).string(); }
  TempFolder folder;
};

TEST(E2eDiff, SaysWhatChangedBetweenTwoRounds) {
  const TwoRounds run;
  const auto result = run_melomine({"diff", run.path("round_01"), run.path("round_02")});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output,
            "fragments  2 before, 1 after: 1 shared, 0 new, 1 lost\n"
            "pairs      3 before, 3 after: 0 unchanged, 1 appeared, 1 vanished, 1 moved, 1 reclassified\n"
            "           1 from uncertain to relevant\n"
            "\nappeared\n"
            "  o 0.00-10.00 s in c3 1.00-11.00 s, correlation 0.700, relevant\n"
            "\nvanished\n"
            "  o 20.00-30.00 s in c1 25.00-35.00 s, correlation 0.600, relevant\n"
            "\nmoved\n"
            "  o 0.00-10.00 s in c1 5.00-15.00 s -> 5.25-15.25 s, +0.250 s, correlation 0.800 -> 0.900\n"
            "\nreclassified\n"
            "  o 0.00-10.00 s in c2 7.00-17.00 s, uncertain -> relevant, correlation 0.450 -> 0.550\n");
  const auto same = run_melomine({"diff", run.path("round_01/mine"), run.path("round_01/mine/mined.csv")});
  EXPECT_EQ(same.status, 0);
  EXPECT_THAT(same.output, HasSubstr("3 unchanged, 0 appeared, 0 vanished, 0 moved, 0 reclassified"));
}

TEST(E2eDiff, OptionsAreObeyed) {
  const TwoRounds run;
  const auto json = run_melomine({"diff", run.path("round_01"), run.path("round_02"), "--json"});
  ASSERT_EQ(json.status, 0) << json.output;
  const auto parsed = nlohmann::json::parse(json.output);
  EXPECT_EQ(parsed.at("moved").at(0).at("moved_s"), 0.25);
  EXPECT_EQ(parsed.at("fragments_shared"), 1);
  const auto coarse =
      run_melomine({"diff", run.path("round_01"), run.path("round_02"), "--moved", "0.3", "--limit", "0"});
  EXPECT_THAT(coarse.output, HasSubstr("1 unchanged, 1 appeared, 1 vanished, 0 moved"));
  EXPECT_THAT(coarse.output, Not(HasSubstr(" in c")));
}

TEST(E2eDiff, WrongInputsAreNamed) {
  const TwoRounds run;
  const auto refusal = [&](const std::string& other, int status, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"diff", run.path("round_01"), other};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = run_melomine(words);
    EXPECT_EQ(result.status, status) << result.output;
    EXPECT_THAT(result.output, Not(HasSubstr("std::")));
    return result.output;
  };
  fs::create_directories(run.folder / "empty");
  write_file_atomically(run.path("words.csv"), "just words\n");
  write_file_atomically(run.path("hums.csv"),
                        "group_id,fragment_id,id,audio_type,interval\ng,1,a,original,\"(0, 10)\"\n");
  write_file_atomically(run.path("headless.csv"),
                        std::string(kHeader) + "g,1,c,cover,,\"(0, 9)\",1,False,True,9,c,1,relevant,m,c,x\n");
  EXPECT_THAT(refusal(run.path("gone"), 1), HasSubstr("gone: no such file or folder"));
  EXPECT_THAT(refusal(run.path("empty"), 1),
              HasSubstr("empty: holds no mined set: there is neither mined.h5"));
  EXPECT_THAT(refusal(run.folder.path(), 1), HasSubstr("is a whole run; name one of its rounds"));
  EXPECT_THAT(refusal(run.path("words.csv"), 1), HasSubstr("words.csv: line 1: lacks the column 'group_id'"));
  EXPECT_THAT(refusal(run.path("hums.csv"), 1), HasSubstr("hums.csv: group g: a row has no recording_id"));
  EXPECT_THAT(refusal(run.path("headless.csv"), 1),
              HasSubstr("headless.csv: group g: has no row of its original"));
  EXPECT_THAT(refusal(run.path("round_02"), 2, {"--moved", "-1"}), HasSubstr("--moved must be >= 0"));
  EXPECT_THAT(refusal(run.path("round_02"), 2, {"--limit", "-1"}), HasSubstr("--limit must be >= 0"));
  const auto one = run_melomine({"diff", run.path("round_01")});
  EXPECT_EQ(one.status, 2);
}

TEST(E2eDiff, TheFileIsPreferredToTheTableAndInspected) {
  const TwoRounds run;
  mining::MinedSet set;
  set.provenance = {1, "model hash", "config hash"};
  set.songs.push_back({"s", "o", 60, 40, 60, 1, 2, 2});
  set.rows = datasets::read_fragment_table(run.path("round_01/mine/mined.csv"));
  set.candidates.push_back({"s_r01_01", "c1", {5, 15}, 0.8, 1});
  set.set_aside.push_back({"c9", "holds no sound"});
  const std::string file = run.path("round_01/mine/mined.h5");
  mining::write_mined_set(file, set, "inputs hash");
  write_file_atomically(run.path("round_01/mine/mined.csv"), "not read\n");
  const auto diff = run_melomine({"diff", run.path("round_01"), run.path("round_02")});
  EXPECT_EQ(diff.status, 0) << diff.output;
  EXPECT_THAT(diff.output, HasSubstr("fragments  2 before, 1 after: 1 shared"));

  const auto inspected = run_melomine({"inspect", file, "--json"});
  ASSERT_EQ(inspected.status, 0) << inspected.output;
  const auto json = nlohmann::json::parse(inspected.output);
  EXPECT_EQ(json.at("what"), "mined set");
  EXPECT_EQ(json.at("provenance").at("model_sha256"), "model hash");
  EXPECT_EQ(json.at("provenance").at("inputs"), "inputs hash");
  EXPECT_EQ(json.at("yield").at("fragments"), 2);
  EXPECT_EQ(json.at("yield").at("relevant"), 2);
  EXPECT_EQ(json.at("yield").at("uncertain"), 1);
  EXPECT_EQ(json.at("first_rows").at(1).at("recording_id"), "c1");
  EXPECT_THAT(run_melomine({"inspect", file}).output, HasSubstr("holds no sound"));

  const std::string bytes = read_file(file);
  write_file_atomically(file, bytes.substr(0, bytes.size() / 2));
  for (const auto& words : {std::vector<std::string>{"diff", run.path("round_01"), run.path("round_02")},
                            std::vector<std::string>{"inspect", file}}) {
    const auto cut = run_melomine(words);
    EXPECT_EQ(cut.status, 1);
    EXPECT_THAT(cut.output, HasSubstr("mined.h5: cannot be opened as HDF5: truncated file"));
  }
}

}  // namespace
}  // namespace melomine
