#include "regeneration/regenerate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "datasets/audio_store.h"
#include "datasets/fragment_groups.h"
#include "dsp/decode.h"
#include "tests/regeneration/made_table.h"
#include "tests/support/wav_file.h"

namespace melomine::regeneration {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::MadeTable;
using testing::refusal;

std::vector<int16_t> noise(uint64_t seed, double duration_s) {
  RandomStream random({seed});
  std::vector<int16_t> samples(static_cast<size_t>(std::lround(duration_s * 16000)));
  for (int16_t& s : samples) s = static_cast<int16_t>(random.integer(65536) - 32768);
  return samples;
}

/// A table of two songs, one of which has a hum, and recordings of most of it.
class Regenerate : public ::testing::Test {
 protected:
  Regenerate()
      : made_(
            "g,1,a,original,O,\"(1.5, 3.25)\",1,False,True,1.75\n"
            "g,1,b,cover,C,\"(0, 1.75)\",0.9,False,True,1.75\n"
            "g,1,h,humming,,,,False,True,2\n"
            "g,2,c,original,O,\"(4, 9)\",1,False,True,5\n"
            "k,1,d,original,gone,\"(4, 9)\",1,False,True,5\n") {
    fs::create_directories(made_.path("audio/O"));
    fs::create_directories(made_.path("hums/archive/g/1"));
    testing::write_wav(made_.path("audio/O/O.wav"), noise(1, 5));
    testing::write_wav(made_.path("audio/C.WAV"), noise(2, 3));
    testing::write_wav(made_.path("hums/archive/g/1/h.wav"), noise(3, 2));
    options_.audio = {made_.path("audio")};
    options_.hums = made_.path("hums");
    options_.out = made_.path("out");
    options_.draw = {.seed = 1, .validation = 0, .test = 0};
  }

  RegenerateSummary run() {
    RunObserver silent;
    return regenerate(read_wanted(made_.table()), options_, silent);
  }
  fs::path out(const std::string& name) const { return options_.out / name; }

  MadeTable made_;
  RegenerateOptions options_;
};

TEST_F(Regenerate, CutsToTheSample) {
  const RegenerateSummary summary = run();
  const auto whole = noise(1, 5);
  const auto cut = dsp::load_audio(out("fragments/g/1/a.flac"));
  ASSERT_EQ(cut.samples.size(), 28000u);
  for (size_t i = 0; i < cut.samples.size(); ++i)
    ASSERT_EQ(cut.samples[i], static_cast<float>(whole[24000 + i]) / 32768) << i;
  EXPECT_EQ(dsp::load_audio(out("fragments/g/1/h.flac")).samples.size(), 32000u);
  EXPECT_FALSE(fs::exists(out("fragments/g/2/c.flac"))) << "its recording ends before";
  EXPECT_EQ(summary.cut_now, 3);
  EXPECT_EQ(summary.availability.fragments.listed, 5);
  EXPECT_EQ(summary.availability.fragments.had, 3);
  EXPECT_EQ(summary.availability.groups.had, 1);
  EXPECT_EQ(summary.availability.songs.had, 1);
  EXPECT_EQ(summary.availability.recordings.had, 3);
  EXPECT_EQ(summary.availability.reasons.at("absent"), 1);
  EXPECT_EQ(summary.availability.reasons.at("short"), 1);
}

TEST_F(Regenerate, WritesTablesThatTrainingTakes) {
  run();
  const auto all = datasets::read_fragment_table(out("dataset.csv"));
  ASSERT_EQ(all.size(), 5u);
  EXPECT_TRUE(all[0].is_available);
  EXPECT_FALSE(all[3].is_available);
  EXPECT_EQ(all[0].interval.start_s, 1.5);
  const auto groups = datasets::read_fragment_table(out("groups.csv"));
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].interval.end_s, 1.75);
  EXPECT_EQ(groups[0].path, "fragments/g/1/a.flac");
  const datasets::AudioStore store(out("shards"));
  EXPECT_EQ(store.size(), 3u);
  ASSERT_GE(store.find("b"), 0);
  EXPECT_EQ(store.at(static_cast<size_t>(store.find("b"))).length_samples, 28000);
  EXPECT_THAT(read_file(out("missing.csv")),
              HasSubstr("gone,absent,k,,1,no such recording in the folders of audio"));
  EXPECT_THAT(read_file(out("missing.csv")), HasSubstr("O,short,g,,1,"));
  EXPECT_EQ(read_file(out("split.csv")), "group_id,split\ng,train\n");
}

TEST_F(Regenerate, GoesOnWhenMoreHasCome) {
  run();
  EXPECT_EQ(run().cut_now, 0);
  testing::write_wav(made_.path("audio/gone.wav"), noise(4, 10));
  testing::write_wav(made_.path("audio/O/O.wav"), noise(1, 9));  // the whole of it now
  fs::remove(made_.path("audio/C.WAV"));                         // cut already
  const RegenerateSummary summary = run();
  EXPECT_EQ(summary.cut_now, 2);
  EXPECT_EQ(summary.availability.fragments.had, 5);
  EXPECT_EQ(datasets::AudioStore(out("shards")).size(), 5u);
  fs::remove(out("fragments/g/1/b.flac"));
  EXPECT_EQ(run().availability.fragments.had, 4) << "neither fragment nor recording is there";
}

TEST_F(Regenerate, ABrokenRecordingCostsItsFragmentsAlone) {
  write_file_atomically(made_.path("audio/C.WAV"), "no audio at all");
  const RegenerateSummary summary = run();
  EXPECT_EQ(summary.availability.fragments.had, 2);
  EXPECT_EQ(summary.availability.reasons.at("unusable"), 1);
}

TEST_F(Regenerate, AnotherTableOrRateIsRefused) {
  run();
  options_.cut.sample_rate_hz = 8000;
  EXPECT_THAT(refusal([&] { run(); }), HasSubstr("was begun with another sample_rate_hz"));
  options_.cut.sample_rate_hz = 16000;
  write_file_atomically(made_.table(),
                        read_file(made_.table()) + "k,2,e,original,O,\"(0, 1)\",1,False,True,1\n");
  EXPECT_THAT(refusal([&] { run(); }), HasSubstr("was begun with another table_sha256"));
}

TEST_F(Regenerate, CountsByPublishedSplits) {
  options_.splits = made_.path("splits.csv");
  write_file_atomically(options_.splits, "group_id,split\ng,train\nk,test\n");
  const RegenerateSummary summary = run();
  EXPECT_EQ(summary.availability.by_split.at("train").had, 3);
  EXPECT_EQ(summary.availability.by_split.at("test").had, 0);
  EXPECT_THAT(read_file(out("missing.csv")), HasSubstr("gone,absent,k,test,1,"));
  write_file_atomically(options_.splits, "group_id,split\ng,train\ng,test\n");
  EXPECT_THAT(refusal([&] { run(); }),
              HasSubstr("splits.csv: line 3: group_id 'g' is in split 'train' above"));
}

}  // namespace
}  // namespace melomine::regeneration
