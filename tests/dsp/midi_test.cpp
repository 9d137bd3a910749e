#include "dsp/midi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace melomine::dsp {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int v : values) text += static_cast<char>(v);
  return text;
}

std::string header(int format, int tracks, int division) {
  return "MThd" + bytes({0, 0, 0, 6, 0, format, 0, tracks, division >> 8, division & 0xff});
}

std::string track(const std::string& events) {
  const auto n = static_cast<int>(events.size());
  return "MTrk" + bytes({0, 0, n >> 8, n & 0xff}) + events;
}

const std::string kEnd = bytes({0, 0xff, 0x2f, 0});

class Midi : public ::testing::Test {
 protected:
  std::vector<MidiTrack> parse(const std::string& content) {
    write_file_atomically(folder_ / "a.mid", content);
    return read_midi(folder_ / "a.mid");
  }
  testing::TempFolder folder_;
};

TEST_F(Midi, Format0WithRunningStatusAndTempoChange) {
  // 96 ticks a quarter; 120 beats a minute, from tick 96 on 60 (1,000,000 µs).
  const auto tracks = parse(header(0, 1, 96) + track(bytes({0,    0x90, 60,   127,  // C4 on
                                                            96,   60,   0,          // running status: off
                                                            0,    0xff, 0x51, 3,   0x0f, 0x42, 0x40,  // tempo
                                                            0,    0x90, 64,   64,                     // E4 on
                                                            0x81, 0x40, 0x80, 64,  0}) +  // 192 ticks later
                                                     kEnd));
  ASSERT_EQ(tracks.size(), 1u);
  ASSERT_EQ(tracks[0].notes.size(), 2u);
  const Note &first = tracks[0].notes[0], &second = tracks[0].notes[1];
  EXPECT_DOUBLE_EQ(first.start_s, 0);
  EXPECT_DOUBLE_EQ(first.end_s, 0.5);
  EXPECT_DOUBLE_EQ(first.pitch_midi, 60);
  EXPECT_DOUBLE_EQ(first.velocity, 1);
  EXPECT_DOUBLE_EQ(second.start_s, 0.5);
  EXPECT_DOUBLE_EQ(second.end_s, 2.5);
}

TEST_F(Midi, Format1TempoTrackCountsForAllAndMelodyIsFoundByName) {
  const std::string tempo = track(bytes({0, 0xff, 0x51, 3, 0x03, 0xd0, 0x90}) + kEnd);  // 250,000 µs
  const std::string piano =
      track(bytes({0, 0xff, 0x03, 5}) + "PIANO" +
            bytes({0, 0x91, 40, 90, 10, 41, 90, 10, 42, 90, 10, 40, 0, 0, 41, 0, 0, 42, 0}) + kEnd);
  const std::string melody =
      track(bytes({0, 0xff, 0x03, 6}) + "Melody" + bytes({100, 0x90, 72, 90, 100, 72, 0}) + kEnd);
  const std::string drums = track(bytes({0, 0x99, 36, 90, 10, 36, 0}) + kEnd);
  const auto tracks = parse(header(1, 4, 100) + tempo + piano + melody + drums);
  ASSERT_EQ(tracks.size(), 4u);
  EXPECT_TRUE(tracks[3].percussion);
  const auto notes = melody_of(tracks, "a.mid");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_DOUBLE_EQ(notes[0].start_s, 0.25);
  EXPECT_DOUBLE_EQ(notes[0].end_s, 0.5);
  EXPECT_DOUBLE_EQ(notes[0].pitch_midi, 72);
}

TEST_F(Midi, MelodyWithoutNameIsTheBusiestAndMonophonic) {
  MidiTrack chords{"left", false, {{0, 1, 40, 1}}};
  MidiTrack right{"right", false, {{0, 1, 60, 1}, {0, 1, 72, 1}, {0.2, 0.8, 64, 1}, {0.9, 2, 74, 1}}};
  MidiTrack drums{"drums", true, std::vector<Note>(50, {0, 1, 36, 1})};
  const auto notes = melody_of({chords, right, drums}, "a.mid");
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0].pitch_midi, 72);
  EXPECT_DOUBLE_EQ(notes[0].end_s, 0.9);  // cut where the next begins
  EXPECT_EQ(notes[1].pitch_midi, 74);
  EXPECT_THROW(melody_of({drums}, "a.mid"), DataError);
}

/// Notes of 96 ticks each on a channel, one after the other.
std::string line(int channel, std::initializer_list<int> keys) {
  std::string events;
  for (const int key : keys) events += bytes({0, 0x90 | channel, key, 90, 96, 0x80 | channel, key, 0});
  return events;
}

void expect_same_notes(const std::vector<Note>& a, const std::vector<Note>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t n = 0; n < a.size(); ++n) {
    EXPECT_DOUBLE_EQ(a[n].start_s, b[n].start_s) << n;
    EXPECT_DOUBLE_EQ(a[n].end_s, b[n].end_s) << n;
    EXPECT_DOUBLE_EQ(a[n].pitch_midi, b[n].pitch_midi) << n;
  }
}

TEST_F(Midi, Format0ComesApartByChannelAsFormat1DoesByTrack) {
  // A tune of four notes on channel 3, a high string on channel 2 above it, drums on channel 10.
  const std::string tune_in_its_own = track(line(3, {60, 62, 64, 65}) + kEnd);
  const std::string string_in_its_own = track(bytes({0, 0x92, 90, 90, 0x83, 0x00, 0x82, 90, 0}) + kEnd);
  const std::string drums_in_their_own = track(line(9, {36, 36, 36, 36}) + kEnd);
  const auto apart = parse(header(1, 3, 96) + tune_in_its_own + string_in_its_own + drums_in_their_own);

  std::string all = bytes({0, 0x92, 90, 90});
  for (const int key : {60, 62, 64, 65})
    all += bytes({0, 0x93, key, 90, 0, 0x99, 36, 90, 96, 0x83, key, 0, 0, 0x89, 36, 0});
  const auto together = parse(header(0, 1, 96) + track(all + bytes({0, 0x82, 90, 0}) + kEnd));

  ASSERT_EQ(together.size(), 3u);
  EXPECT_EQ(std::count_if(together.begin(), together.end(), [](const MidiTrack& t) { return t.percussion; }),
            1);
  const auto notes = melody_of(together, "a.mid");
  ASSERT_EQ(notes.size(), 4u);
  expect_same_notes(notes, melody_of(apart, "a.mid"));
}

TEST_F(Midi, BlanksAroundTheNameOfTheMelodyDoNotHideIt) {
  const std::string busy = track(line(0, {40, 41, 42, 43}) + kEnd);
  for (const std::string name : {"Melody", "MELODY  ", " melody", "Melody\n"}) {
    const auto n = static_cast<int>(name.size());
    const auto tracks =
        parse(header(1, 2, 96) + busy + track(bytes({0, 0xff, 0x03, n}) + name + line(1, {72}) + kEnd));
    const auto notes = melody_of(tracks, "a.mid");
    ASSERT_EQ(notes.size(), 1u) << name;
    EXPECT_EQ(notes[0].pitch_midi, 72) << name;
  }
}

TEST_F(Midi, SmpteDivisionsCountTheFramesTheyStandFor) {
  // 100 ticks a frame, a note of 6000 ticks: 60 frames.
  const auto length = [&](int code) {
    const auto tracks = parse("MThd" + bytes({0, 0, 0, 6, 0, 0, 0, 1, 256 - code, 100}) +
                              track(bytes({0, 0x90, 60, 90, 0xae, 0x70, 60, 0}) + kEnd));
    return tracks.at(0).notes.at(0).end_s;
  };
  EXPECT_DOUBLE_EQ(length(24), 2.5);
  EXPECT_DOUBLE_EQ(length(25), 2.4);
  EXPECT_DOUBLE_EQ(length(30), 2.0);
  EXPECT_DOUBLE_EQ(length(29), 60 * 1001 / 30000.0);
  EXPECT_THROW(length(28), DataError);
  EXPECT_THROW(parse("MThd" + bytes({0, 0, 0, 6, 0, 0, 0, 1, 256 - 25, 0}) + track(kEnd)), DataError);
}

TEST_F(Midi, ANoteWhoseKeyIsNoKeyIsLeftOut) {
  const auto tracks = parse(header(0, 1, 96) + track(line(0, {60, 200, 64}) + kEnd));
  ASSERT_EQ(tracks.size(), 1u);
  ASSERT_EQ(tracks[0].notes.size(), 2u);
  EXPECT_EQ(tracks[0].notes[0].pitch_midi, 60);
  EXPECT_EQ(tracks[0].notes[1].pitch_midi, 64);
  EXPECT_DOUBLE_EQ(tracks[0].notes[1].start_s, 1);  // its time has passed all the same
  // A velocity out of range says nothing against the note, nor against its end.
  const auto loud = parse(header(0, 1, 96) + track(bytes({0, 0x90, 60, 200, 96, 0x80, 60, 255}) + kEnd));
  ASSERT_EQ(loud[0].notes.size(), 1u);
  EXPECT_DOUBLE_EQ(loud[0].notes[0].velocity, 1);
  EXPECT_DOUBLE_EQ(loud[0].notes[0].end_s, 0.5);
}

TEST_F(Midi, AHangingNoteGivesWayToTheNext) {
  // 84 is never ended; 60, 62 and 64 follow, 96 ticks each.
  const auto tracks = parse(header(0, 1, 96) +
                            track(bytes({0, 0x90, 84, 90, 96, 0x91, 30, 90}) + line(0, {60, 62, 64}) + kEnd));
  const auto notes = melody_of(tracks, "a.mid");
  ASSERT_EQ(notes.size(), 4u);
  EXPECT_EQ(notes[0].pitch_midi, 84);
  EXPECT_DOUBLE_EQ(notes[0].end_s, 0.5);
  EXPECT_EQ(notes[3].pitch_midi, 64);
  // With no note behind it in its channel it lasts to the end of the track.
  const MidiTrack& other = tracks.at(1);
  ASSERT_EQ(other.notes.size(), 1u);
  EXPECT_DOUBLE_EQ(other.notes[0].end_s, 2);
}

TEST_F(Midi, AHangingNoteLeavesTheEndOfALaterOneOfItsKeyToIt) {
  // The first 84 is never ended; it returns as the fourth note, and once more.
  const auto tracks = parse(header(0, 1, 96) + track(bytes({0, 0x90, 84, 90, 96}) +
                                                     line(0, {60, 62, 84, 64, 84}).substr(1) + kEnd));
  ASSERT_EQ(tracks.size(), 1u);
  const std::vector<Note>& notes = tracks[0].notes;
  ASSERT_EQ(notes.size(), 6u);
  const double keys[] = {84, 60, 62, 84, 64, 84};
  for (size_t n = 0; n < notes.size(); ++n) {
    EXPECT_EQ(notes[n].pitch_midi, keys[n]) << n;
    EXPECT_DOUBLE_EQ(notes[n].start_s, 0.5 * static_cast<double>(n)) << n;
    EXPECT_DOUBLE_EQ(notes[n].end_s, 0.5 * static_cast<double>(n + 1)) << n;
  }
  expect_same_notes(melody_of(tracks, "a.mid"), notes);
}

TEST_F(Midi, AKeyStruckAgainWhileItSoundsBeginsAnew) {
  // A tune that is played legato: each 60 is let go 8 ticks after the next one is struck.
  const auto legato =
      parse(header(0, 1, 96) + track(bytes({0, 0x90, 60, 90, 96, 60, 91, 8,  60, 0,  88, 60, 92,
                                            8, 60,   0,  88, 60, 0,  96, 62, 90, 96, 62, 0}) +
                                     kEnd));
  EXPECT_DOUBLE_EQ(legato.at(0).notes.at(0).end_s, 0.5 * 104 / 96);
  const std::vector<Note> notes = melody_of(legato, "a.mid");
  ASSERT_EQ(notes.size(), 4u);
  for (size_t n = 0; n < 3; ++n) {
    EXPECT_DOUBLE_EQ(notes[n].start_s, 0.5 * static_cast<double>(n)) << n;
    EXPECT_DOUBLE_EQ(notes[n].end_s, 0.5 * static_cast<double>(n + 1)) << n;
    EXPECT_DOUBLE_EQ(notes[n].velocity, (90 + static_cast<double>(n)) / 127) << n;
  }
  // Two voices in unison, of which one is held; and one that is struck twice but ended once.
  const auto unison =
      parse(header(0, 1, 96) + track(bytes({0, 0x90, 60, 90, 0, 60, 90, 48, 60, 0, 48, 60, 0}) + kEnd));
  ASSERT_EQ(unison.at(0).notes.size(), 2u);
  EXPECT_DOUBLE_EQ(unison[0].notes[0].end_s, 0.25);
  EXPECT_DOUBLE_EQ(unison[0].notes[1].end_s, 0.5);
  const auto twice = parse(
      header(0, 1, 96) + track(bytes({0, 0x90, 60, 90, 0, 60, 90, 48, 60, 0, 48, 62, 90, 96, 62, 0}) + kEnd));
  ASSERT_EQ(twice.at(0).notes.size(), 2u);
  EXPECT_DOUBLE_EQ(twice[0].notes[0].end_s, 0.25);
}

TEST_F(Midi, WrappersAreOpenedAndToldByTheirContent) {
  const std::string bare = header(1, 2, 96) + track(line(0, {60, 62}) + kEnd) + track(line(1, {40}) + kEnd);
  const auto little = [](size_t n) { return bytes({int(n & 255), int(n >> 8 & 255), 0, 0}); };
  const std::string bank = "LIST" + little(5) + "soundX";  // odd, so padded
  const std::string chunks = bank + "data" + little(bare.size()) + bare + "LIST" + little(4) + "info";
  const std::string riff = "RIFF" + little(4 + chunks.size()) + "RMID" + chunks;
  std::string mac(128, '\0');
  mac[1] = 4;
  mac.replace(2, 4, "tune");
  mac.replace(65, 4, "Midi");
  mac[85] = static_cast<char>(bare.size() >> 8);
  mac[86] = static_cast<char>(bare.size());
  const std::string resource_fork(60, 'r');

  const auto expected = melody_of(parse(bare), "a.mid");
  for (const std::string& content : {bare, riff, mac + bare + std::string(40, '\0') + resource_fork}) {
    const auto tracks = parse(content);
    EXPECT_TRUE(is_midi(folder_ / "a.mid"));
    ASSERT_EQ(tracks.size(), 2u);
    expect_same_notes(melody_of(tracks, "a.mid"), expected);
  }
  for (const std::string& other :
       {std::string(), std::string("MTh"), "RIFF" + little(4) + "WAVEdata", mac, std::string(200, '\0')}) {
    write_file_atomically(folder_ / "b", other);
    EXPECT_FALSE(is_midi(folder_ / "b")) << other;
  }
  EXPECT_FALSE(is_midi(folder_ / "absent"));
  EXPECT_FALSE(is_midi(folder_.path()));
}

TEST_F(Midi, DamageIsAnErrorThatNamesFileAndTrack) {
  const std::string good = header(0, 1, 96) + track(bytes({0, 0x90, 60, 127, 96, 60, 0}) + kEnd);
  // Every truncation either still holds the whole track or fails as data, never otherwise.
  for (size_t n = 0; n < good.size(); ++n) EXPECT_THROW(parse(good.substr(0, n)), DataError) << n;
  try {
    parse(good.substr(0, good.size() - 3));
    FAIL();
  } catch (const DataError& e) {
    EXPECT_NE(std::string(e.what()).find("a.mid"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("track 0"), std::string::npos) << e.what();
  }
  EXPECT_THROW(parse("RIFF" + good), DataError);
  EXPECT_THROW(parse(header(2, 1, 96) + track(kEnd)), DataError);
  EXPECT_THROW(parse(header(0, 1, 0) + track(kEnd)), DataError);
  EXPECT_THROW(parse(header(0, 1, 96) + track(bytes({0, 60, 127}))), DataError);  // data without status
  EXPECT_THROW(read_midi(folder_ / "absent.mid"), DataError);
}

TEST_F(Midi, EveryPop909FileHasAMelody) {
  const auto folder = testing::shared_data() / "pop909";
  MELOMINE_REQUIRE_PATH(folder);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".mid") continue;
    ++files;
    const auto notes = melody_of(read_midi(entry.path()), entry.path().string());
    ASSERT_GT(notes.size(), 20u) << entry.path();
    for (size_t i = 1; i < notes.size(); ++i) ASSERT_LE(notes[i - 1].end_s, notes[i].start_s + 1e-9);
  }
  EXPECT_EQ(files, 909);
}

}  // namespace
}  // namespace melomine::dsp
