#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "core/atomic_file.h"
#include "dsp/cqt.h"
#include "storage/hdf5.h"
#include "tests/dsp/signals.h"
#include "tests/support/run_melomine.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace melomine {
namespace {

using ::testing::HasSubstr;
using testing::run_melomine;

/// A mono WAV file of 16-bit samples.
void write_wav(const std::filesystem::path& path, const std::vector<float>& samples, uint32_t rate_hz) {
  std::string bytes = "RIFF????WAVEfmt ";
  const auto put = [&bytes](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  put(uint32_t{16}), put(uint16_t{1}), put(uint16_t{1}), put(rate_hz), put(2 * rate_hz), put(uint16_t{2}),
      put(uint16_t{16});
  bytes += "data";
  put(static_cast<uint32_t>(2 * samples.size()));
  for (const float x : samples) put(static_cast<int16_t>(std::lround(x * 32767)));
  const auto riff_size = static_cast<uint32_t>(bytes.size() - 8);
  std::memcpy(bytes.data() + 4, &riff_size, sizeof(riff_size));
  write_file_atomically(path, bytes);
}

TEST(E2eFeatures, WritesTheMatrixAndItsSettings) {
  const testing::TempFolder folder;
  const std::vector<float> samples = testing::sine_wave(440, 0.5, 32000);
  write_wav(folder / "a.wav", samples, 16000);
  const auto result = run_melomine(
      {"features", folder / "a.wav", "--out", folder / "a.h5", "--linear", "hop_samples=256", "octaves=5"});
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("cqt [60, 126], 2.00 s of audio"));
  const auto file = storage::hdf5::File::open(folder / "a.h5");
  EXPECT_EQ(file.text_attribute("type"), "cqt");
  EXPECT_EQ(file.text_attribute("scale"), "linear");
  EXPECT_EQ(file.integer_attribute("hop_samples"), 256);
  EXPECT_EQ(file.integer_attribute("sample_rate_hz"), 16000);
  EXPECT_EQ(file.integer_attribute("octaves"), 5);
  EXPECT_THAT(file.attribute_as_text("fmin_hz"), ::testing::StartsWith("32.70"))
      << "C1, where 0 was asked for";
  EXPECT_FALSE(file.has_attribute("bands")) << "of another type";
  const auto features = file.open_dataset("features");
  EXPECT_THAT(features.shape(), ::testing::ElementsAre(60, 126));
  const auto expected = dsp::Cqt({.hop_samples = 256, .octaves = 5}).magnitude(samples);
  EXPECT_LT(testing::relative_error(features.read_all<float>(), expected.values), 1e-3);  // 16-bit samples
}

TEST(E2eFeatures, LogLiesBetweenFloorAndLoudest) {
  const testing::TempFolder folder;
  write_wav(folder / "a.wav", testing::white_noise(16000, 1), 16000);
  ASSERT_EQ(run_melomine({"features", folder / "a.wav", "--out", folder / "a.h5", "type=mel"}).status, 0);
  const auto values = storage::hdf5::File::open(folder / "a.h5").open_dataset("features").read_all<float>();
  ASSERT_EQ(values.size(), 80U * 32U);
  EXPECT_EQ(*std::max_element(values.begin(), values.end()), 1);
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 0);
}

/// What one program finds is what another tracker reads from a table, found by the samples alone.
TEST(E2eFeatures, ContoursGoOutAndComeBack) {
  const testing::TempFolder folder;
  write_wav(folder / "a.wav", testing::sine_wave(440, 0.5, 16000), 16000);
  auto result = run_melomine({"features", folder / "a.wav", "--out", folder / "a.csv", "--export", "f0"});
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("f0 of 101 frames"));
  const std::string contour = read_file(folder / "a.csv");
  EXPECT_THAT(contour, ::testing::StartsWith("time_s,f0_hz,voiced_probability\n0,"));
  EXPECT_THAT(contour, ::testing::ContainsRegex("\n0.5,4(40|39.9|40.0)"));
  result = run_melomine({"features", folder / "a.wav", "--sha256"});
  ASSERT_EQ(result.status, 0) << result.output;
  ASSERT_EQ(result.output.size(), 65U) << result.output;
  write_file_atomically(folder / "index.csv",
                        "samples_sha256,path\n" + result.output.substr(0, 64) + ",a.csv\n");
  std::filesystem::rename(folder / "a.wav", folder / "b.wav");
  result = run_melomine({"features", folder / "b.wav", "--out", folder / "b.csv", "--export", "f0",
                         "type=table", "index=" + (folder / "index.csv").string()});
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(read_file(folder / "b.csv"), contour);
  write_wav(folder / "c.wav", testing::sine_wave(330, 0.5, 16000), 16000);
  result = run_melomine({"features", folder / "c.wav", "--out", folder / "c.csv", "--export", "f0",
                         "type=table", "index=" + (folder / "index.csv").string()});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("has no contour of the recording"));
}

TEST(E2eFeatures, MelodiesAndTheirSettings) {
  const testing::TempFolder folder;
  write_wav(folder / "a.wav", testing::sine_wave(440, 0.5, 32000), 16000);
  auto result = run_melomine({"features", folder / "a.wav", "--out", folder / "a.h5", "--export", "melody",
                              "--melody-hop-s", "0.2", "type=yin", "fmin_hz=80"});
  ASSERT_EQ(result.status, 0) << result.output;
  const auto file = storage::hdf5::File::open(folder / "a.h5");
  EXPECT_EQ(file.text_attribute("type"), "yin");
  EXPECT_EQ(file.attribute_as_text("melody_hop_s"), "0.2");
  EXPECT_EQ(file.attribute_as_text("fmin_hz"), "80");
  const auto pitch = file.open_dataset("pitch_midi").read_all<float>();
  ASSERT_EQ(pitch.size(), 11U);
  EXPECT_NEAR(pitch[5], 69, 0.05);
  EXPECT_EQ(file.open_dataset("voiced").read_all<uint8_t>()[5], 1);
  result = run_melomine({"features", folder / "a.wav", "--out", folder / "a.csv", "--export", "melody"});
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(read_file(folder / "a.csv"), ::testing::ContainsRegex("\n1,6(9|8.9)"));
}

TEST(GoldenE2eFeatures, CrepesActivations) {
  const auto weights = testing::shared_data() / "f0" / "crepe_model-tiny.h5";
  MELOMINE_REQUIRE_PATH(weights);
  const testing::TempFolder folder;
  write_wav(folder / "a.wav", testing::sine_wave(440, 0.5, 16000), 16000);
  const auto result = run_melomine({"features", folder / "a.wav", "--out", folder / "a.h5", "--export",
                                    "activation", "type=crepe", "weights=" + weights.string()});
  ASSERT_EQ(result.status, 0) << result.output;
  const auto activation = storage::hdf5::File::open(folder / "a.h5").open_dataset("activation");
  ASSERT_THAT(activation.shape(), ::testing::ElementsAre(360, 101));
  const auto values = activation.read_all<float>();
  size_t strongest = 0;
  for (size_t b = 0; b < 360; ++b)
    if (values[b * 101 + 50] > values[strongest * 101 + 50]) strongest = b;
  EXPECT_NEAR(static_cast<double>(strongest), 227.7, 2) << "440 Hz";
}

TEST(E2eFeatures, ErrorsNameTheirCauseAndLeaveNoFile) {
  const testing::TempFolder folder;
  write_wav(folder / "a.wav", testing::sine_wave(440, 0.5, 1600), 16000);
  const auto refused = [&](std::vector<std::string> extra, int status, const std::string& reason) {
    std::vector<std::string> arguments = {"features", folder / "a.wav", "--out", folder / "x.h5"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    const auto result = run_melomine(arguments);
    EXPECT_EQ(result.status, status) << result.output;
    EXPECT_THAT(result.output, HasSubstr(reason));
    EXPECT_FALSE(std::filesystem::exists(folder / "x.h5")) << reason;
  };
  refused({"--export", "chords"}, 2, "--export must be f0, melody or activation, got 'chords'");
  refused({"--export", "activation"}, 2, "needs type=crepe");
  refused({"--export", "f0", "type=crepe"}, 2, "weights");
  refused({"--export", "melody", "--melody-hop-s", "0.001"}, 2, "hop_s is below the hop of the f0 track");
  refused({"octaves=9"}, 2, "octaves = 9: the highest bin must lie below half of sample_rate_hz");
  refused({"hop_samples=-512"}, 2, "hop_samples = -512");
  refused({"hop=512"}, 2, "hop: unknown key");
  refused({"--floor-db", "0"}, 2, "--floor-db must be > 0");
  write_file_atomically(folder / "a.wav", "not audio");
  refused({}, 1, "a.wav");
}

}  // namespace
}  // namespace melomine
