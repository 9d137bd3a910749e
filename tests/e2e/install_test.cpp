#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "dsp/decode.h"
#include "tests/e2e/tiny_experiment.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

using testing::run_command;
using testing::TempFolder;
using testing::TinyExperiment;

void must(const std::vector<std::string>& words) {
  const testing::CommandResult result = run_command(words);
  ASSERT_EQ(result.status, 0) << result.output;
}

/// The example of examples/, built against this build as it installs itself.
void build_example(const TempFolder& folder) {
  must({MELOMINE_CMAKE, "--install", MELOMINE_BUILD_FOLDER, "--prefix", folder / "installed"});
  must({MELOMINE_CMAKE, "-S", "examples/embed_and_search", "-B", folder / "build", "-G", "Ninja",
        "-DCMAKE_CXX_COMPILER=" MELOMINE_COMPILER,
        "-DCMAKE_PREFIX_PATH=" + (folder / "installed").string() + ";" MELOMINE_PREFIX_PATH});
  must({MELOMINE_CMAKE, "--build", folder / "build"});
}

TEST(E2eInstall, AProgramOverTheInstalledLibrariesFindsAnExcerpt) {
  const TempFolder folder;
  ASSERT_NO_FATAL_FAILURE(build_example(folder));
  const TinyExperiment tiny;
  const auto trained = tiny.run("train", "a", {"train.length=5s", "train.validate_every=5s"});
  ASSERT_EQ(trained.status, 0) << trained.output;

  // 8 s of the second song, from a time at which one of the song's own windows begins.
  const std::string song = tiny.path("corpus/vocals/s00002_original.flac");
  const dsp::AudioBuffer whole = dsp::load_audio(song);
  ASSERT_GE(whole.duration_s(), 12);
  testing::write_wav<float>(folder / "query.wav",
                            {whole.samples.begin() + 4 * 16000, whole.samples.begin() + 12 * 16000});
  const std::string program = folder / "build/embed_and_search";
  const auto found =
      run_command({program, tiny.run_file("a", "round_00/train/last.safetensors"), folder / "query.wav",
                   tiny.path("corpus/vocals/s00001_original.flac"), song});
  ASSERT_EQ(found.status, 0) << found.output;
  std::istringstream lines(found.output);
  std::string heading, reference;
  double score = 0, start_s = 0;
  ASSERT_TRUE(std::getline(lines, heading) && lines >> score >> start_s >> reference) << found.output;
  EXPECT_EQ(reference, song);
  EXPECT_GT(score, 0.99);
  EXPECT_EQ(start_s, 4);

  const auto refused = run_command({program, folder / "query.wav", folder / "query.wav", song});
  EXPECT_EQ(refused.status, 1) << "a WAV file is no checkpoint";
  EXPECT_THAT(refused.output, ::testing::HasSubstr("query.wav"));
}

}  // namespace
}  // namespace melomine
