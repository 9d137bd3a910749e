// What docs/security.md says of files: whatever they claim of themselves decides over no memory, no path and
// no time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/resource.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "configs/document.h"
#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/json_file.h"
#include "datasets/ingest.h"
#include "dsp/decode.h"
#include "dsp/midi.h"
#include "layouts/hum2song.h"
#include "library/library.h"
#include "models/safetensors.h"
#include "storage/hdf5_table.h"
#include "sweeps/plan.h"
#include "tests/library/planted_songs.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TempFolder;

/// Most memory that this process ever had, MiB.
int64_t peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// What a DataError or ConfigError says; a fault where it is another one, none, or where memory was taken.
std::string refusal(const std::function<void()>& read) {
  const int64_t before = peak_mib();
  std::string said = "(nothing was refused)";
  try {
    read();
  } catch (const Error& e) {
    said = e.what();
  } catch (const std::exception& e) {
    said = std::string("(no Error) ") + e.what();
  }
  EXPECT_LT(peak_mib() - before, 128) << said;
  return said;
}

std::string little(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

TEST(Limits, ASafetensorsHeaderMayClaimAnything) {
  const TempFolder folder;
  for (const uint64_t claimed : {uint64_t{1} << 60, ~uint64_t{0}, uint64_t{90'000'000}}) {
    write_file_atomically(folder / "a.safetensors", little(claimed, 8) + "{}");
    EXPECT_THAT(refusal([&] { models::safetensors_header(folder / "a.safetensors"); }),
                HasSubstr("more than there are"));
  }
}

TEST(Limits, AWavHeaderMayClaimFourGigabytes) {
  const TempFolder folder;
  const auto write = [&](uint64_t claimed) {
    const std::string format = "fmt " + little(16, 4) + little(1, 2) + little(1, 2) + little(16000, 4) +
                               little(32000, 4) + little(2, 2) + little(16, 2);
    write_file_atomically(folder / "a.wav", "RIFF" + little(claimed + 36, 4) + "WAVE" + format + "data" +
                                                little(claimed, 4) + std::string(32000, '\1'));
  };
  write(2'000'000'000);
  EXPECT_THAT(refusal([&] { dsp::load_audio(folder / "a.wav"); }), HasSubstr("truncated: "));
  write(0xffffff00);  // as those write who cannot know the length: what is there counts
  const int64_t before = peak_mib();
  EXPECT_EQ(dsp::load_audio(folder / "a.wav").samples.size(), 16000u);
  EXPECT_LT(peak_mib() - before, 128);
}

TEST(Limits, AnHdf5ShapeMayClaimMoreThanTheFileHolds) {
  using namespace storage::hdf5;
  const TempFolder folder;
  {
    File file = File::create(folder / "a.h5");
    file.create_dataset<float>("wide", {.shape = {hsize_t{1} << 20, hsize_t{1} << 20}, .chunk = {16, 16}});
    file.create_dataset<float>("endless", {.shape = {hsize_t{1} << 40, hsize_t{1} << 40}, .chunk = {16, 16}});
    const Handle type(H5Tcreate(H5T_COMPOUND, 8), H5Tclose),
        properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Tinsert(type.get(), "n", 0, H5T_STD_I64LE);
    const hsize_t rows = hsize_t{1} << 40, chunk = 64;
    H5Pset_chunk(properties.get(), 1, &chunk);
    const Handle space(H5Screate_simple(1, &rows, nullptr), H5Sclose);
    const Handle table(
        H5Dcreate2(file.id(), "table", type.get(), space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
        H5Dclose);
  }
  const File file = File::open(folder / "a.h5");
  EXPECT_THAT(refusal([&] { file.open_dataset("wide").read_all<double>(); }),
              HasSubstr("wide: claims 1099511627776"));
  EXPECT_THAT(refusal([&] { file.open_dataset("endless").read_all<double>(); }),
              HasSubstr("impossible shape"));
  EXPECT_THAT(refusal([&] { Table::read(file, "table"); }), HasSubstr("table: claims 1099511627776"));
}

TEST(Limits, AnHdf5AttributeOfSeveralValuesIsNotReadAsOne) {
  using namespace storage::hdf5;
  const TempFolder folder;
  {
    const File file = File::create(folder / "a.h5");
    const hsize_t count = 1000;
    const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    const Handle attribute(H5Acreate2(file.id(), "n", H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    const std::vector<int64_t> values(count, 7);
    H5Awrite(attribute.get(), H5T_NATIVE_INT64, values.data());
  }
  const File file = File::open(folder / "a.h5");
  EXPECT_THAT(refusal([&] { file.integer_attribute("n"); }),
              HasSubstr("attribute n: does not hold one value"));
  EXPECT_EQ(file.attribute_as_text("n"), "(several values)");
}

TEST(Limits, AMidiTrackMayClaimBytesAndYears) {
  const TempFolder folder;
  const std::string header("MThd\0\0\0\6\0\0\0\1\0\1", 14);
  write_file_atomically(folder / "long.mid", header + std::string("MTrk\xff\xff\xff\xff\0\x90\x3c\x50", 12));
  EXPECT_THAT(refusal([&] { dsp::read_midi(folder / "long.mid"); }), HasSubstr("truncated"));
  // One note of 2^28 - 1 quarters of half a second: four years.
  write_file_atomically(
      folder / "years.mid",
      header + std::string("MTrk\0\0\0\x0f\0\x90\x3c\x50\xff\xff\xff\x7f\x80\x3c\0\0\xff\x2f\0", 23));
  EXPECT_THAT(refusal([&] { dsp::read_midi(folder / "years.mid"); }), HasSubstr("lasts 37283 hours"));
}

TEST(Limits, ACsvFieldMayBeEndless) {
  const std::string field(8 << 20, 'x');
  EXPECT_THAT(refusal([&] { CsvTable::parse("a,b\n1,\"" + field, "t.csv"); }), HasSubstr("line 2"));
  EXPECT_EQ(CsvTable::parse("a,b\n1," + field + "\n", "t.csv").text(0, "b").size(), field.size());
}

TEST(Limits, JsonMayBeNestedDeeply) {
  const TempFolder folder;
  for (const std::string open : {"[", "{\"a\":"}) {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += open;
    write_file_atomically(folder / "a.json", text);
    EXPECT_FALSE(json_if_valid(text));
    EXPECT_THAT(
        refusal([&] { read_json_file<std::map<std::string, std::string>>(folder / "a.json", "remove it"); }),
        HasSubstr("a.json: is damaged: is nested deeper than 100 levels; remove it"));
  }
  EXPECT_TRUE(json_if_valid("\"[[[[ \\\" [[[\"")) << "brackets of a text are none";
}

TEST(Limits, DamagedJsonIsToldWithoutTheParsersOwnWords) {
  const TempFolder folder;
  write_file_atomically(folder / "a.json", "{\"a\": \x01}");
  const std::string said = refusal([&] { read_json_file<std::map<std::string, int>>(folder / "a.json"); });
  EXPECT_THAT(said, HasSubstr("a.json: is damaged: parse error at line 1, column 7"));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("json.exception")));
}

TEST(Limits, NumbersOfJsonMayBeLargerThanAnyInteger) {
  const TempFolder folder;
  for (const char* number : {"-1e308", "99999999999999999999", "1e18"}) {
    write_file_atomically(folder / "a.json", std::string("{\"a\": [{\"b\": ") + number + "}]}");
    EXPECT_THAT(refusal([&] { read_json_file<std::map<std::string, int64_t>>(folder / "a.json"); }),
                HasSubstr("a number is beyond all that were written"));
  }
}

TEST(Limits, YamlAliasesMayMultiply) {
  std::string bomb = "l0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i)
    bomb += "l" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + ", *a" + std::to_string(i - 1) + ", *a" + std::to_string(i - 1) + "]\n" +
            "m" + std::to_string(i) + ": [*a" + std::to_string(i) + ", *a" + std::to_string(i) + "]\n";
  EXPECT_THAT(refusal([&] { configs::parse_document(bomb, "f.yaml"); }),
              HasSubstr("more than 200000 values"));
}

TEST(Limits, NamesInFilesLeadNowhereElse) {
  for (const char* name : {"", ".", "..", "../x", "/etc/passwd", "a/b", "a\nb"})
    EXPECT_FALSE(is_plain_name(name)) << name;
  EXPECT_FALSE(is_plain_name(std::string(201, 'x')));
  for (const char* name : {"a", "..a", "M_0,1a2b", "mélodie 1"}) EXPECT_TRUE(is_plain_name(name)) << name;
  EXPECT_FALSE(is_file(std::string(100'000, 'x')));
  const TempFolder folder;
  write_file_atomically(
      folder / "plan.json",
      R"({"file":"s","metric":"","base":[],"tasks":[{"name":"../../x","does":"run","settings":[],)"
      R"("first":"","shared":false,"wanted":true}]})");
  EXPECT_THAT(refusal([&] { sweeps::read_plan(sweeps::SweepLayout(folder.path())); }),
              HasSubstr("no name of a folder"));
}

TEST(Limits, NamesOfAListMayBeLongerThanAnyFilesName) {
  const TempFolder folder;
  write_file_atomically(folder / "train/train_meta.csv",
                        "music_id,song_path,hum_path\n7,a.mp3," + std::string(5000, 'x') + ".mp3\n");
  EXPECT_FALSE(layouts::read_hum2song(folder.path()).queries.front().is_there);
}

TEST(Limits, ALibraryThatIsNotWhatWasWrittenIsRefused) {
  library::testing::PlantedSongs planted;
  RunObserver silent;
  planted.builder().add(planted.songs(0, 4), library::testing::PlantedSongs::hear,
                        {.factory = "IVF2,SQ8", .songs_per_segment = 2}, silent);
  const fs::path manifest = planted.library() / library::kManifestFile;
  const auto whole = parse_ordered_json(read_file(manifest));
  const auto changed = [&](const std::function<void(nlohmann::ordered_json&)>& change) {
    auto json = whole;
    change(json);
    write_file_atomically(manifest, json_text(json));
    return refusal([&] { library::Library::open(planted.library()); });
  };
  EXPECT_THAT(changed([](auto& j) { j["segments"][0]["name"] = "../../x"; }),
              HasSubstr("no name of a folder"));
  EXPECT_THAT(changed([](auto& j) { j["indexes"][0]["name"] = "../model.safetensors"; }),
              HasSubstr("no name of a file"));
  EXPECT_THAT(changed([](auto& j) { j["indexes"][0]["segments"] = 1000000; }),
              HasSubstr("segments that are not there"));
  EXPECT_THAT(changed([](auto& j) {
                j["removed"] = {{{"segment", 0}, {"song", 5}}};
              }),
              HasSubstr("none of its songs"));
  EXPECT_THAT(changed([](auto& j) { j["segments"][0]["files"].erase("songs.csv"); }),
              HasSubstr("has no songs.csv"));
  write_file_atomically(manifest, json_text(whole));
  // FAISS believes what it reads: it never sees an index that is damaged.
  const fs::path index =
      planted.library() / library::kIndexesFolder / whole["indexes"][0]["name"].get<std::string>();
  std::string bytes = read_file(index);
  for (const size_t at : {size_t{5}, bytes.size() / 2, bytes.size() - 1}) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x40);
    write_file_atomically(index, flipped);
    EXPECT_THAT(refusal([&] { library::Library::open(planted.library()); }), HasSubstr("other bytes"));
  }
}

TEST(Limits, ADiskThatFailsIsNotTheEndOfAFile) {
  // Its first page is no memory of any process: reading gives an error of input and output.
  EXPECT_THAT(refusal([] { read_file("/proc/self/mem"); }), HasSubstr("cannot read"));
}

TEST(Limits, ADiskThatFailsSetsNoRecordingAside) {
  const TempFolder folder;
  testing::write_wav(folder / "a.wav", testing::sine(300, 0.5));
  const auto ingest = [&](const std::string& audio) {
    write_file_atomically(folder / "songs.csv",
                          "recording_id,song_id,kind,path\na,s,original," + audio + "\n");
    RunObserver silent;
    return datasets::ingest({.songs_table = folder / "songs.csv", .out = folder / audio.substr(1, 4)},
                            silent);
  };
  EXPECT_THAT(refusal([&] { ingest("/proc/self/mem"); }),
              HasSubstr("/proc/self/mem: cannot read; mend that"));
  EXPECT_EQ(ingest((folder / "gone.wav").string()).set_aside.size(),
            1u);  // which the recording's owner can see
}

}  // namespace
}  // namespace melomine
