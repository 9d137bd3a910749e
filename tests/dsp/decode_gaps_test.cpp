#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "tests/dsp/field_audio.h"
#include "tests/support/ffmpeg.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::dsp {
namespace {

namespace fs = std::filesystem;
using melomine::testing::ffmpeg;
using melomine::testing::TempFolder;
using melomine::testing::write_wav;
using ::testing::HasSubstr;

/// Offsets at which `mark` occurs.
std::vector<size_t> places(const std::string& bytes, const std::string& mark) {
  std::vector<size_t> all;
  for (size_t at = bytes.find(mark); at != std::string::npos; at = bytes.find(mark, at + 1))
    all.push_back(at);
  return all;
}

/// A container whose middle can be taken out.
struct Container {
  std::string extension;
  std::vector<std::string> options;  ///< of ffmpeg
  std::string mark;                  ///< of a part
  size_t mark_offset = 0;            ///< in the part
};
std::ostream& operator<<(std::ostream& out, const Container& c) {
  return out << c.extension;
}

class DecodeGaps : public ::testing::TestWithParam<Container> {
 protected:
  /// 8 s of a glide in the container, without its parts [first, last).
  fs::path without(size_t first, size_t last) {
    const Container& c = GetParam();
    write_wav(folder_ / "a.wav", glide(8));
    std::vector<std::string> arguments = {"-i", (folder_ / "a.wav").string()};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    arguments.push_back((folder_ / ("a." + c.extension)).string());
    ffmpeg(arguments);
    const std::string bytes = read_file(folder_ / ("a." + c.extension));
    const auto parts = places(bytes, c.mark);
    EXPECT_GT(parts.size(), last) << "too few parts to take some out";
    const fs::path holed = folder_ / ("holed." + c.extension);
    write_file_atomically(holed, bytes.substr(0, parts.at(first) - c.mark_offset) +
                                     bytes.substr(parts.at(last) - c.mark_offset));
    return holed;
  }
  fs::path intact() const { return folder_ / ("a." + GetParam().extension); }

  TempFolder folder_;
};

TEST_P(DecodeGaps, WhatFollowsAHoleLiesWhereItsTimeSays) {
  const Decoded holed = decode(without(4, 6)), whole = decode(intact());
  EXPECT_FALSE(whole.repairs.any()) << whole.repairs.text();
  EXPECT_EQ(holed.repairs.gaps, 1);
  EXPECT_NEAR(static_cast<double>(holed.samples.size()), static_cast<double>(whole.samples.size()), 40);
  const double from_s = holed.repairs.first_gap_s, to_s = from_s + holed.repairs.gap_s;
  EXPECT_GT(holed.repairs.gap_s, 0.3);
  EXPECT_LT(power(holed.samples, from_s + 0.1, to_s - 0.1), 1);
  EXPECT_GT(power(holed.samples, from_s - 0.2, from_s - 0.05), 1e6);
  // Time stamps in milliseconds are off by one at most, at each side of the hole.
  for (const double at_s : {0.5, from_s - 0.4, to_s + 0.1, 7.0}) {
    const Alignment found = align(whole.samples, holed.samples, at_s, at_s + 0.3);
    EXPECT_LE(std::abs(found.lag), 32) << "at " << at_s;
    EXPECT_GT(found.correlation, 0.95) << "at " << at_s;
  }
  EXPECT_THAT(holed.repairs.text(), HasSubstr("1 gap of"));
}

INSTANTIATE_TEST_SUITE_P(
    Containers, DecodeGaps,
    ::testing::Values(
        Container{"webm", {"-c:a", "libopus", "-cluster_time_limit", "500"}, "\x1f\x43\xb6\x75"},
        Container{"opus", {"-c:a", "libopus", "-page_duration", "500000"}, "OggS"},
        Container{"ogg", {"-c:a", "libvorbis", "-page_duration", "500000"}, "OggS"},
        Container{"m4a",
                  {"-c:a", "aac", "-movflags", "empty_moov+default_base_moof", "-frag_duration", "500000"},
                  "moof",
                  4},
        Container{"mka", {"-c:a", "pcm_s16le", "-cluster_time_limit", "500"}, "\x1f\x43\xb6\x75"}));

TEST(DecodeHoles, OneTooLongToFillSetsTheFileAside) {
  const TempFolder folder;
  // 60 s of which 35 are taken out.
  write_wav(folder / "a.wav", glide(60));
  ffmpeg({"-i", (folder / "a.wav").string(), "-c:a", "libopus", "-page_duration", "500000",
          (folder / "a.opus").string()});
  const std::string bytes = read_file(folder / "a.opus");
  const auto pages = places(bytes, "OggS");
  ASSERT_GT(pages.size(), 100u);
  write_file_atomically(folder / "b.opus", bytes.substr(0, pages[20]) + bytes.substr(pages[90]));
  EXPECT_THAT(refusal(folder / "b.opus"), HasSubstr("longer than the 30 s that are filled with silence"));
  // Every other page is gone: no gap is long, together they are more than the rest.
  std::string thinned = bytes.substr(0, pages[10]);
  for (size_t p = 10; p + 1 < pages.size(); ++p)
    if (p % 3 == 0) thinned += bytes.substr(pages[p], pages[p + 1] - pages[p]);
  write_file_atomically(folder / "c.opus", thinned);
  EXPECT_THAT(refusal(folder / "c.opus"), HasSubstr("gaps of"));
}

TEST(DecodeHoles, ADelayedBeginningIsNoGap) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(4));
  for (const std::string name : {"a.webm", "a.mkv"}) {
    ffmpeg({"-f", "lavfi", "-i", "testsrc=d=6:s=64x48:r=5", "-itsoffset", "1.5", "-i",
            (folder / "a.wav").string(), "-map", "0", "-map", "1", "-c:a", "libopus",
            (folder / name).string()});
    const Decoded decoded = decode(folder / name);
    EXPECT_FALSE(decoded.repairs.any()) << decoded.repairs.text();
    const Alignment found = align(glide(4), decoded.samples, 1, 2);
    EXPECT_GT(found.correlation, 0.95) << name;
  }
}

TEST(DecodeHoles, RecordingsPutEndToEndAreKeptAndTold) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(4));
  for (const std::string name : {"a.ogg", "a.opus"}) {
    ffmpeg({"-i", (folder / "a.wav").string(), "-c:a", name == "a.ogg" ? "libvorbis" : "libopus",
            (folder / name).string()});
    const std::string once = read_file(folder / name);
    write_file_atomically(folder / ("twice_" + name), once + once);
    const Decoded decoded = decode(folder / ("twice_" + name));
    EXPECT_NEAR(static_cast<double>(decoded.samples.size()), 2 * 64000, 300) << name;
    EXPECT_EQ(decoded.repairs.restarts, 1) << name;
    EXPECT_EQ(decoded.repairs.gaps, 0) << name;
  }
}

}  // namespace
}  // namespace melomine::dsp
