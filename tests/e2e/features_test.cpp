#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "core/atomic_file.h"
#include "dsp/cqt.h"
#include "storage/hdf5.h"
#include "tests/dsp/signals.h"
#include "tests/support/run_melomine.h"
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
  refused({"octaves=9"}, 2, "octaves = 9: the highest bin must lie below half of sample_rate_hz");
  refused({"hop_samples=-512"}, 2, "hop_samples = -512");
  refused({"hop=512"}, 2, "hop: unknown key");
  refused({"--floor-db", "0"}, 2, "--floor-db must be > 0");
  write_file_atomically(folder / "a.wav", "not audio");
  refused({}, 1, "a.wav");
}

}  // namespace
}  // namespace melomine
