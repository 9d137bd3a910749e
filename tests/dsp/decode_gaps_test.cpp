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

/// A container whose parts can be taken out.
struct Container {
  std::string extension;
  std::vector<std::string> options;  ///< of ffmpeg
  std::string mark;                  ///< of a part
  size_t mark_offset = 0;            ///< in the part
  size_t headers = 0;                ///< parts in front of the audio
  size_t taken = 2;                  ///< parts that are taken out, about a second
  double start_accuracy_s = 0.002;   ///< of the time stamps' origin
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
  const size_t taken = GetParam().taken;
  const Decoded holed = decode(without(2 * taken, 3 * taken)), whole = decode(intact());
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

TEST_P(DecodeGaps, AMissingBeginningIsAGapWhereTimeCountsFromTheStart) {
  const Container& c = GetParam();
  const Decoded holed = decode(without(c.headers, c.headers + c.taken)), whole = decode(intact());
  const bool starts_anywhere = c.extension == "ts";
  EXPECT_EQ(holed.repairs.gaps, starts_anywhere ? 0 : 1);
  if (starts_anywhere) {
    EXPECT_FALSE(holed.repairs.any()) << holed.repairs.text();
    EXPECT_LT(holed.samples.size() + 8000, whole.samples.size());
    return;
  }
  EXPECT_NEAR(static_cast<double>(holed.samples.size()), static_cast<double>(whole.samples.size()), 112);
  const double missing_s = holed.repairs.gap_s;
  EXPECT_EQ(holed.repairs.first_gap_s, 0);
  EXPECT_GT(missing_s, 0.3);
  EXPECT_LT(power(holed.samples, 0, missing_s - 0.1), 1);
  for (const double at_s : {missing_s + 0.1, 3.0, 7.0}) {
    const Alignment found = align(whole.samples, holed.samples, at_s, at_s + 0.3);
    EXPECT_LE(std::abs(found.lag), 16000 * c.start_accuracy_s) << "at " << at_s;
    EXPECT_GT(found.correlation, 0.95) << "at " << at_s;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Containers, DecodeGaps,
    ::testing::Values(
        // FFmpeg's muxer puts the first frame of Opus at 5 ms.
        Container{.extension = "webm",
                  .options = {"-c:a", "libopus", "-cluster_time_limit", "500"},
                  .mark = "\x1f\x43\xb6\x75",
                  .start_accuracy_s = 0.006},
        Container{.extension = "opus",
                  .options = {"-c:a", "libopus", "-page_duration", "500000"},
                  .mark = "OggS",
                  .headers = 2},
        Container{.extension = "ogg",
                  .options = {"-c:a", "libvorbis", "-page_duration", "500000"},
                  .mark = "OggS",
                  .headers = 2},
        Container{.extension = "m4a",
                  .options = {"-c:a", "aac", "-movflags", "empty_moov+default_base_moof", "-frag_duration",
                              "500000"},
                  .mark = "moof",
                  .mark_offset = 4},
        Container{.extension = "mka",
                  .options = {"-c:a", "pcm_s16le", "-cluster_time_limit", "500"},
                  .mark = "\x1f\x43\xb6\x75"},
        // The first bytes of every frame: 1152 samples at 16 kHz, one channel of 16 bits.
        Container{.extension = "flac", .options = {}, .mark = "\xff\xf8\x35\x08", .taken = 12},
        // A packet of the stream's own in which a packet of audio begins.
        Container{.extension = "ts", .options = {"-c:a", "aac"}, .mark = std::string("G\x41\0", 3)}));

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

TEST(DecodeHoles, WhereTimeMayStartAnywhereALateStartIsNoGap) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(60));
  const std::string wav = (folder / "a.wav").string();
  const auto encode = [&](const std::string& name, std::vector<std::string> options) {
    options.insert(options.begin(), {"-i", wav});
    options.push_back((folder / name).string());
    ffmpeg(options);
    return read_file(folder / name);
  };
  const auto expect_kept = [&](const std::string& name, double duration_s) {
    const Decoded decoded = decode(folder / name);
    EXPECT_EQ(decoded.repairs.gaps, 0) << name << ": " << decoded.repairs.text();
    EXPECT_NEAR(static_cast<double>(decoded.samples.size()) / 16000, duration_s, 0.6) << name;
  };
  // Pages in the order of a stream that began two hours ago, and one that was joined after 35 s.
  encode("hours.opus", {"-c:a", "libopus", "-output_ts_offset", "7200"});
  expect_kept("hours.opus", 60);
  const std::string opus = encode("a.opus", {"-c:a", "libopus", "-page_duration", "500000"});
  const auto pages = places(opus, "OggS");
  write_file_atomically(folder / "joined.opus", opus.substr(0, pages.at(2)) + opus.substr(pages.at(72)));
  expect_kept("joined.opus", 25);
  // A live stream does not know its length.
  const std::string live =
      encode("live.webm", {"-c:a", "libopus", "-cluster_time_limit", "500", "-live", "1"});
  const auto clusters = places(live, "\x1f\x43\xb6\x75");
  write_file_atomically(folder / "late.webm", live.substr(0, clusters.at(0)) + live.substr(clusters.at(4)));
  expect_kept("late.webm", 58);
  // Cut out of a longer one without encoding anew, and delayed by an edit list.
  encode("a.m4a", {"-c:a", "aac"});
  ffmpeg({"-ss", "20", "-i", (folder / "a.m4a").string(), "-c", "copy", (folder / "cut.m4a").string()});
  expect_kept("cut.m4a", 40);
  ffmpeg({"-itsoffset", "1.5", "-i", wav, "-c:a", "aac", (folder / "delayed.m4a").string()});
  expect_kept("delayed.m4a", 60);
}

TEST(DecodeHoles, AMissingBeginningTooLongToFillSetsTheFileAside) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(60));
  ffmpeg({"-i", (folder / "a.wav").string(), (folder / "a.flac").string()});
  std::string flac = read_file(folder / "a.flac");
  const auto frames = places(flac, "\xff\xf8\x35\x08");
  ASSERT_GT(frames.size(), 800u);
  write_file_atomically(folder / "b.flac", flac.substr(0, frames[0]) + flac.substr(frames[500]));
  EXPECT_THAT(refusal(folder / "b.flac"), HasSubstr("gap of 36.00 s at 0.00 s, longer than"));
  // Where the header does not tell how many samples there are, it is a stream joined in the middle.
  flac[21] = static_cast<char>(flac[21] & 0xf0);
  flac.replace(22, 4, 4, '\0');
  write_file_atomically(folder / "b.flac", flac.substr(0, frames[0]) + flac.substr(frames[500]));
  EXPECT_FALSE(decode(folder / "b.flac").repairs.any());
}

TEST(DecodeHoles, ShortLossesAreToldTogether) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(30));
  ffmpeg({"-i", (folder / "a.wav").string(), "-c:a", "libopus", "-frame_duration", "10", "-page_duration",
          "10000", (folder / "a.opus").string()});
  const std::string bytes = read_file(folder / "a.opus");
  auto pages = places(bytes, "OggS");
  pages.push_back(bytes.size());
  // 10 ms are lost in each second.
  std::string thinned;
  int lost = 0;
  for (size_t p = 0; p + 1 < pages.size(); ++p) {
    if (p % 100 == 50) {
      ++lost;
    } else {
      thinned += bytes.substr(pages[p], pages[p + 1] - pages[p]);
    }
  }
  ASSERT_GT(lost, 25);
  write_file_atomically(folder / "b.opus", thinned);
  const Decoded whole = decode(folder / "a.opus"), decoded = decode(folder / "b.opus");
  EXPECT_FALSE(whole.repairs.any()) << whole.repairs.text();
  EXPECT_EQ(decoded.repairs.gaps, 0);
  EXPECT_NEAR(decoded.repairs.short_gap_s, 0.01 * lost, 0.03);
  EXPECT_NEAR(static_cast<double>(whole.samples.size() - decoded.samples.size()), 160 * lost, 1);
  EXPECT_THAT(decoded.repairs.text(), HasSubstr("s lost in short gaps"));
}

TEST(DecodeHoles, AnOggFileThatIsCutIsKeptAndTold) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(8));
  for (const std::string name : {"a.ogg", "a.opus"}) {
    ffmpeg({"-i", (folder / "a.wav").string(), "-c:a", name == "a.ogg" ? "libvorbis" : "libopus",
            "-page_duration", "500000", (folder / name).string()});
    const std::string bytes = read_file(folder / name);
    EXPECT_FALSE(decode(folder / name).repairs.any()) << name;
    const size_t last_page = places(bytes, "OggS").back();
    // In the middle of a page, between two, and in the last one.
    for (const size_t kept : {bytes.size() * 6 / 10, last_page, last_page + 40}) {
      write_file_atomically(folder / "cut", bytes.substr(0, kept));
      const Decoded cut = decode(folder / "cut");
      EXPECT_TRUE(cut.repairs.lacks_last_page) << name << " " << kept;
      EXPECT_EQ(cut.repairs.text(), "ends without its last page") << name << " " << kept;
    }
    write_file_atomically(folder / "padded", bytes + std::string(60000, '\0'));
    EXPECT_FALSE(decode(folder / "padded").repairs.lacks_last_page) << name;
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
    EXPECT_FALSE(decoded.repairs.lacks_last_page) << name;
    EXPECT_EQ(decoded.repairs.gaps, 0) << name;
  }
}

}  // namespace
}  // namespace melomine::dsp
