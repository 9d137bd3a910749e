#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "dsp/encode.h"
#include "tests/dsp/field_audio.h"
#include "tests/support/ffmpeg.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::dsp {
namespace {

namespace fs = std::filesystem;
using melomine::testing::ffmpeg;
using melomine::testing::ffmpeg_samples;
using melomine::testing::TempFolder;
using melomine::testing::write_wav;
using ::testing::HasSubstr;

struct Tail {
  std::string name, bytes;
};

std::vector<Tail> tails() {
  const std::string id3v1 = "TAG" + std::string(125, ' ');
  const std::string item = little_endian(6, 4) + little_endian(0, 4) + std::string("Title\0abcdef", 12);
  const auto ape = [&](size_t flags) {
    return "APETAGEX" + little_endian(2000, 4) + little_endian(item.size() + 32, 4) + little_endian(1, 4) +
           little_endian(flags, 4) + std::string(8, '\0');
  };
  return {{"ID3v1", id3v1},
          {"ID3v2", id3v2_tag(200000)},
          {"APEv2", ape(0xa0000000) + item + ape(0x80000000)},
          {"Lyrics3", "LYRICSBEGININD0000200LYR00050" + std::string(50, 'x') + "000090LYRICS200" + id3v1},
          {"zeros", std::string(4096, '\0')},
          {"ones", std::string(5000, '\xff')},
          {"two ones", "\xff\xff"},
          {"text", "this is not a frame of audio, whatever it may be; only a remark"}};
}

TEST(DecodeTails, BytesWithoutAudioBehindTheLastFrameCostNothing) {
  const TempFolder folder;
  write_flac(folder / "a.flac", glide_audio(5));
  write_file_atomically(folder / "a.mp3", encode_mp3(glide_audio(5), 64000));
  for (const std::string name : {"a.flac", "a.mp3"}) {
    const std::string intact = read_file(folder / name);
    const Decoded whole = decode(folder / name);
    EXPECT_FALSE(whole.repairs.any());
    for (const Tail& tail : tails()) {
      const fs::path path = folder / ("tail_" + tail.name + "_" + name);
      write_file_atomically(path, intact + tail.bytes);
      const Decoded decoded = decode(path);
      ASSERT_GE(decoded.samples.size(), whole.samples.size()) << path;
      // FFmpeg trims an MP3 file's padding only where its length agrees with the header.
      EXPECT_LT(decoded.samples.size(), whole.samples.size() + 1500) << path;
      EXPECT_TRUE(std::equal(whole.samples.begin(), whole.samples.end() - 16, decoded.samples.begin()))
          << path;
      if ((tail.name != "zeros" && tail.name != "ones") || name == "a.flac") {
        EXPECT_EQ(decoded.samples, ffmpeg_samples(path)) << path;
      }
    }
  }
}

TEST(DecodeTails, WhatIsSkippedIsCounted) {
  const TempFolder folder;
  write_flac(folder / "a.flac", glide_audio(5));
  write_file_atomically(folder / "tail.flac", read_file(folder / "a.flac") + "TAG" + std::string(125, ' '));
  EXPECT_EQ(decode(folder / "tail.flac").repairs.skipped_places, 1);
  EXPECT_THAT(decode(folder / "tail.flac").repairs.text(), HasSubstr("bytes without audio"));
}

TEST(DecodeTails, DamagedAudioAtTheEndStaysDamage) {
  const TempFolder folder;
  write_flac(folder / "a.flac", glide_audio(5));
  std::string bytes = read_file(folder / "a.flac");
  bytes[bytes.size() - 100] = static_cast<char>(bytes[bytes.size() - 100] ^ 1);
  write_file_atomically(folder / "last_frame.flac", bytes);
  EXPECT_THAT(refusal(folder / "last_frame.flac"), HasSubstr("damaged at"));
  // No header tells how long this one is, and more than padding cannot be read.
  write_file_atomically(folder / "a.mp3", encode_mp3(glide_audio(5), 64000));
  ffmpeg({"-i", (folder / "a.mp3").string(), "-c", "copy", "-write_xing", "0", (folder / "b.mp3").string()});
  write_file_atomically(folder / "c.mp3", read_file(folder / "b.mp3") + std::string(200000, '\0'));
  EXPECT_THAT(refusal(folder / "c.mp3"), HasSubstr("200000 bytes follow"));
  write_file_atomically(folder / "c.mp3", read_file(folder / "b.mp3") + std::string(5000, '\xff') +
                                              read_file(folder / "b.mp3"));
  EXPECT_THAT(refusal(folder / "c.mp3"), HasSubstr("damaged at"));  // what follows would lie elsewhere
}

TEST(DecodeTails, Mp3FilesPutEndToEndComeWholeAndAreTold) {
  const TempFolder folder;
  const std::string mp3 = encode_mp3(glide_audio(5), 64000);
  write_file_atomically(folder / "a.mp3", mp3);
  const Decoded once = decode(folder / "a.mp3");
  EXPECT_FALSE(once.repairs.any()) << once.repairs.text();
  for (const std::string& between : {std::string(), id3v2_tag(100000)}) {
    write_file_atomically(folder / "b.mp3", mp3 + between + mp3);
    const Decoded twice = decode(folder / "b.mp3");
    EXPECT_EQ(twice.repairs.skipped_places, between.empty() ? 0 : 1);
    EXPECT_NEAR(twice.repairs.undeclared_s, 5, 0.3);
    EXPECT_THAT(twice.repairs.text(), HasSubstr("s more than its header declares"));
    // Behind the joint lie the padding of the first, and the header and delay of the second.
    const int excess = static_cast<int>(twice.samples.size()) - 2 * static_cast<int>(once.samples.size());
    EXPECT_GE(excess, 0);
    EXPECT_LT(excess, 5000);
    const std::vector<int16_t> second(twice.samples.end() - static_cast<int>(once.samples.size()) - 600,
                                      twice.samples.end());
    double best = 0;
    for (int shift = 0; shift < 1200; shift += 100) {
      const std::vector<int16_t> moved(second.begin() + shift, second.end());
      best = std::max(best, align(once.samples, moved, 1, 2).correlation);
    }
    EXPECT_GT(best, 0.99);
  }
}

/// Replaces the number behind `mark`.
std::string with_size(std::string bytes, const std::string& mark, size_t size) {
  return bytes.replace(bytes.find(mark) + mark.size(), 4, little_endian(size, 4));
}

TEST(DecodeLength, TheDataChunkOfAWavFileDecidesNotTheOuterOne) {
  const TempFolder folder;
  const auto samples = glide(4);
  write_wav(folder / "a.wav", samples);
  const std::string bytes = read_file(folder / "a.wav");
  const size_t riff = bytes.size() - 8;
  for (const size_t wrong : {riff + 8, riff + 16, riff + 100000, riff / 2, size_t{0}, size_t{0xffffffff}}) {
    write_file_atomically(folder / "b.wav", with_size(bytes, "RIFF", wrong));
    EXPECT_EQ(decode(folder / "b.wav").samples, samples) << wrong;
  }
  write_file_atomically(folder / "b.wav", bytes + "LIST" + little_endian(5000, 4) + "INFOcut");
  EXPECT_EQ(decode(folder / "b.wav").samples, samples);
  // A data chunk whose length its writer did not know.
  for (const size_t unknown : {size_t{0}, size_t{0xffffffff}, size_t{0x7ffff000}}) {
    write_file_atomically(folder / "b.wav", with_size(bytes, "data", unknown));
    EXPECT_EQ(decode(folder / "b.wav").samples, samples) << unknown;
  }
}

TEST(DecodeLength, ADataChunkIsTruncatedByTheDocumentedMeasure) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(10));
  const std::string bytes = read_file(folder / "a.wav");
  for (const size_t missing : {0, 1, 9600, 9601, 14400}) {
    write_file_atomically(folder / "b.wav", bytes.substr(0, bytes.size() - missing));
    EXPECT_EQ(decode(folder / "b.wav").samples.size(), 160000 - (missing + 1) / 2) << missing;
  }
  write_file_atomically(folder / "b.wav", bytes.substr(0, bytes.size() - 32000 * 6 / 10));
  EXPECT_THAT(refusal(folder / "b.wav"), HasSubstr("truncated: 9.40 s of the declared 10.00 s"));
  // Of a short clip half a second is all.
  write_wav(folder / "a.wav", glide(0.4));
  const std::string clip = read_file(folder / "a.wav");
  write_file_atomically(folder / "b.wav", clip.substr(0, clip.size() * 6 / 10));
  EXPECT_EQ(refusal(folder / "b.wav"), "");
  write_file_atomically(folder / "b.wav", clip.substr(0, clip.size() * 4 / 10));
  EXPECT_THAT(refusal(folder / "b.wav"), HasSubstr("truncated"));
}

TEST(DecodeLength, SamplesBehindTheDeclaredOnesAreNotDroppedInSilence) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(8));
  const std::string bytes = read_file(folder / "a.wav");
  write_file_atomically(folder / "half.wav", with_size(bytes, "data", 4 * 32000));
  EXPECT_THAT(refusal(folder / "half.wav"), HasSubstr("declares 4.00 s, but 4.00 s of samples follow"));
  // What is no audio may lie there, however long.
  const auto samples = glide(8);
  const std::string list = "LIST" + little_endian(200000, 4) + std::string(200000, 'x');
  for (const std::string& behind : {list, "id3 " + little_endian(900000, 4) + std::string(300000, 'x'),
                                    std::string(400000, '\0'), id3v2_tag(200000), std::string(1000, 'y')}) {
    write_file_atomically(folder / "b.wav", bytes + behind);
    EXPECT_EQ(decode(folder / "b.wav").samples, samples) << behind.substr(0, 4);
  }
}

TEST(DecodeLength, InOtherContainersOfPlainSamplesTheSizesDecideAsInWav) {
  const TempFolder folder;
  const auto samples = glide(8);
  write_wav(folder / "a.wav", samples);
  const auto encode = [&](const std::string& name) {
    ffmpeg({"-i", (folder / "a.wav").string(), (folder / name).string()});
    EXPECT_EQ(decode(folder / name).samples, samples) << name;
    return read_file(folder / name);
  };
  const auto refusal_of = [&](const std::string& bytes) {
    write_file_atomically(folder / "b", bytes);
    return refusal(folder / "b");
  };
  const auto big_endian_of = [](size_t value, size_t bytes) {
    const std::string reversed = little_endian(value, static_cast<int>(bytes));
    return std::string(reversed.rbegin(), reversed.rend());
  };
  const size_t half = 4 * 32000;

  const std::string caf = encode("a.caf");
  std::string halved = caf;
  halved.replace(caf.find("data") + 4, 8, big_endian_of(half + 4, 8));
  EXPECT_THAT(refusal_of(halved), HasSubstr("declares 4.00 s, but 4.00 s of samples follow"));
  write_file_atomically(folder / "b", caf + "free" + big_endian_of(200000, 8) + std::string(200000, 'x'));
  EXPECT_EQ(decode(folder / "b").samples, samples);

  const std::string aiff = encode("a.aiff");
  halved = aiff;
  halved.replace(aiff.find("SSND") + 4, 4, big_endian_of(half + 8, 4));
  EXPECT_THAT(refusal_of(halved), HasSubstr("declares 4.00 s, but 4.00 s of samples follow"));
  const size_t form = aiff.size() - 8;
  for (const size_t wrong : {form + 16, form / 2, size_t{0xffffffff}}) {
    write_file_atomically(folder / "b", std::string(aiff).replace(4, 4, big_endian_of(wrong, 4)));
    EXPECT_EQ(decode(folder / "b").samples, samples) << wrong;
  }
  EXPECT_THAT(refusal_of(std::string(aiff).replace(4, 4, 4, '\0')),
              HasSubstr("its FORM chunk declares 0 bytes, and 256046 follow"));

  const std::string w64 = encode("a.w64");
  halved = w64;
  halved.replace(w64.find("data") + 16, 8, little_endian(half + 24, 8));
  EXPECT_THAT(refusal_of(halved),
              HasSubstr("its data chunk declares 128000 bytes, but behind them 128000 follow"));
}

TEST(DecodeLength, TruncationIsFoundInContainersThatDeclareALength) {
  const TempFolder folder;
  write_wav(folder / "a.wav", glide(10));
  const std::string wav = (folder / "a.wav").string();
  const std::vector<std::vector<std::string>> kinds = {
      {"rf64.wav", "-rf64", "always"},
      {"a.w64"},
      {"a.caf"},
      {"a.au"},
      {"a.aiff"},
      {"a.webm", "-c:a", "libopus", "-cluster_time_limit", "500"},
      {"a.flac"},
      {"pcm.mka", "-c:a", "pcm_s16le"}};
  for (const auto& kind : kinds) {
    const std::string path = (folder / kind[0]).string();
    std::vector<std::string> arguments = {"-i", wav};
    arguments.insert(arguments.end(), kind.begin() + 1, kind.end());
    arguments.push_back(path);
    ffmpeg(arguments);
    EXPECT_EQ(refusal(path), "") << path;
    fs::resize_file(path, fs::file_size(path) * 6 / 10);
    EXPECT_NE(refusal(path), "") << path;
  }
}

}  // namespace
}  // namespace melomine::dsp
