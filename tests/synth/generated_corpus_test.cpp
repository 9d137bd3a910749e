#include "synth/generated_corpus.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/csv.h"
#include "core/error.h"
#include "datasets/fragment_groups.h"
#include "datasets/songs_table.h"
#include "datasets/time_map.h"
#include "dsp/decode.h"
#include "synth/corpus_plan.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace melomine::synth {
namespace {

namespace fs = std::filesystem;

CorpusConfig small() {
  CorpusConfig config;
  config.songs = 2;
  config.covers = 3;
  config.hums = 3;
  config.duration_s = 15;
  config.silent_share = 0.2;
  config.wrong_cover_share = 0.2;
  return config;
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
  return files;
}

CorpusSummary generate(const CorpusConfig& config, const fs::path& out, size_t threads = 2) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  RunObserver silent;
  return generate_corpus(config, out, silent);
}

TEST(GeneratedCorpus, SameSeedSameBytesForAnyNumberOfThreads) {
  const melomine::testing::TempFolder folder;
  generate(small(), folder / "a", 1);
  generate(small(), folder / "b", 4);
  const auto a = contents(folder / "a"), b = contents(folder / "b");
  EXPECT_EQ(a.size(), b.size());
  for (const auto& [name, bytes] : a) EXPECT_TRUE(b.contains(name) && b.at(name) == bytes) << name;
  CorpusConfig other = small();
  other.seed = 2;
  generate(other, folder / "c");
  EXPECT_NE(a.at("truth.csv"), contents(folder / "c").at("truth.csv"));
}

TEST(GeneratedCorpus, RerunCompletesAndOtherOptionsAreRefused) {
  const melomine::testing::TempFolder folder;
  generate(small(), folder / "a");
  const auto whole = contents(folder / "a");
  fs::remove(folder / "a" / "audio" / "s00001_cover02.flac");
  fs::remove(folder / "a" / "hums" / "s00002_hum01.flac");
  // Of this recording only the voice alone is gone; its mix is still there.
  const auto stem = std::find_if(whole.begin(), whole.end(),
                                 [](const auto& file) { return file.first.starts_with("vocals/"); });
  ASSERT_NE(stem, whole.end());
  fs::remove(folder / "a" / stem->first);
  fs::remove(folder / "a" / "truth.csv");
  EXPECT_EQ(generate(small(), folder / "a").rendered, 3);
  EXPECT_EQ(contents(folder / "a"), whole);

  CorpusConfig other = small();
  other.bleed_db = -10;
  try {
    generate(other, folder / "a");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_NE(std::string(e.what()).find("bleed_db was -20.0, is -10.0"), std::string::npos) << e.what();
  }
  EXPECT_EQ(contents(folder / "a"), whole);
  write_file_atomically(folder / "foreign.txt", "x");
  EXPECT_THROW(generate(small(), folder.path()), ConfigError);
}

TEST(GeneratedCorpus, CancelledAndCompletedIsTheSameCorpus) {
  const melomine::testing::TempFolder folder;
  struct StopAfterTwo : RunObserver {
    void on_progress(int64_t done, std::string_view) override { set_cancellation_requested(done >= 2); }
  } observer;
  EXPECT_THROW(generate_corpus(small(), folder / "a", observer), Cancelled);
  set_cancellation_requested(false);
  fs::create_directories(folder / "b");
  write_file_atomically(folder / "b" / "synth.json.tmp", "half a fi");
  EXPECT_FALSE(fs::exists(folder / "a" / "songs.csv"));
  generate(small(), folder / "a");
  generate(small(), folder / "b");
  EXPECT_EQ(contents(folder / "a"), contents(folder / "b"));
}

TEST(GeneratedCorpus, TablesHaveTheirColumnsAndPointAtWhatIsThere) {
  const melomine::testing::TempFolder folder;
  const CorpusConfig config = small();
  const fs::path out = folder / "a";
  const CorpusSummary summary = generate(config, out);
  EXPECT_EQ(summary.recordings, config.songs * (1 + config.covers + config.hums));

  std::map<std::string, double> duration;
  for (const char* name : {"songs.csv", "songs_vocals.csv"}) {
    const datasets::SongsTable songs = datasets::read_songs_table(out / name);
    EXPECT_EQ(static_cast<int64_t>(songs.recordings.size()), summary.recordings);
    for (const datasets::Recording& r : songs.recordings)
      duration[r.recording_id] = dsp::load_audio(songs.audio_path(r)).duration_s();
  }
  std::map<std::string, int> originals, hums;
  for (const datasets::FragmentRow& row : datasets::read_fragment_table(out / "hums.csv")) {
    (row.audio_type == datasets::RecordingKind::kOriginal ? originals
                                                          : hums)[row.group_id + "/" + row.fragment_id]++;
    EXPECT_TRUE(fs::exists(out / row.path)) << row.path;
    EXPECT_GE(row.interval.start_s, 0);
    EXPECT_LE(row.interval.end_s, duration.at(row.id) + 1e-3);
    EXPECT_NEAR(row.duration_s, row.interval.duration_s(), 2e-6);
  }
  for (const auto& [group, count] : originals) EXPECT_EQ(count, 1) << group;
  int64_t hum_count = 0;
  for (const auto& [group, count] : hums) {
    EXPECT_EQ(originals[group], 1) << group;
    EXPECT_LE(count, 3);
    hum_count += count;
  }
  EXPECT_EQ(hum_count, config.songs * config.hums);
  const CsvTable queries = CsvTable::read(out / "queries.csv");
  queries.require({"query", "reference_id", "group", "duration_s"});
  EXPECT_EQ(static_cast<int64_t>(queries.size()), hum_count);
  for (size_t i = 0; i < queries.size(); ++i) EXPECT_TRUE(fs::exists(out / queries.text(i, "query")));
  for (const char* name : {"references.csv", "references_mix.csv"}) {
    const CsvTable references = CsvTable::read(out / name);
    references.require({"reference_id", "path"});
    EXPECT_EQ(static_cast<int64_t>(references.size()), config.songs);
  }
  for (const datasets::TruthRow& row : datasets::read_truth_table(out / "truth.csv")) {
    EXPECT_LE(row.original.end_s, duration.at(row.original_id));
    EXPECT_LE(row.recording.end_s, duration.at(row.recording_id));
  }
}

/// Each note of the original that lies in a truth row must have its counterpart, onset and pitch.
void expect_exact(const CorpusPlan& plan, const PlannedRecording& recording, int& checked) {
  const std::vector<TruthPiece> truth = truth_of(plan, recording);
  if (truth.empty()) return;
  const PlannedRecording& original = plan.recordings[plan.originals[static_cast<size_t>(recording.song)]];
  const Score& score = plan.scores[static_cast<size_t>(recording.song)];
  const auto notes = melody_of(score, original.performance), others = melody_of(score, recording.performance);
  for (const TruthPiece& piece : truth) {
    // Long enough to be written to the microsecond and still have a slope.
    ASSERT_GT(piece.original_end_s - piece.original_start_s, 5e-4);
    ASSERT_GT(piece.recording_end_s - piece.recording_start_s, 5e-4);
    for (const PerformedNote& note : notes) {
      if (note.start_s < piece.original_start_s - 1e-7 || note.start_s > piece.original_end_s - 1e-7)
        continue;
      const double share =
          (note.start_s - piece.original_start_s) / (piece.original_end_s - piece.original_start_s);
      const double mapped =
          piece.recording_start_s + share * (piece.recording_end_s - piece.recording_start_s);
      double nearest = 1e9;
      for (const PerformedNote& other : others)
        if (std::abs(other.pitch_midi - note.pitch_midi - recording.performance.transposition_semitones) <
            1e-6)
          nearest = std::min(nearest, std::abs(other.start_s - mapped));
      ASSERT_LT(nearest, 1e-3) << recording.recording.recording_id << " at " << note.start_s;
      ++checked;
    }
  }
}

TEST(PropertyGeneratedCorpus, TruthMapsNoteOnsetsToNoteOnsets) {
  CorpusConfig config;
  config.songs = 12;
  config.covers = 5;
  config.hums = 4;
  const CorpusPlan plan = plan_corpus(config);
  int covers = 0, hums = 0;
  for (const PlannedRecording& recording : plan.recordings)
    expect_exact(plan, recording,
                 recording.recording.kind == datasets::RecordingKind::kHumming ? hums : covers);
  EXPECT_GT(covers, 5000);
  EXPECT_GT(hums, 1000);
}

TEST(GeneratedCorpus, ScoresJoinTheGroupsOfHumsAndChangeNothingElse) {
  const melomine::testing::TempFolder folder;
  CorpusConfig config = small();
  generate(config, folder / "without");
  config.scores = true;
  generate(config, folder / "with");
  auto with = contents(folder / "with");
  const auto without = contents(folder / "without");
  EXPECT_EQ(without.at("synth.json").find("scores"), std::string::npos) << "as older versions wrote it";
  for (const auto& [name, bytes] : without)
    if (!name.ends_with(".json") && name != "hums.csv" && !name.starts_with("songs") && name != "truth.csv") {
      EXPECT_TRUE(with.at(name) == bytes) << name;
    }

  std::map<std::string, int> groups, scores;
  for (const datasets::FragmentRow& row : datasets::read_fragment_table(folder / "with" / "hums.csv")) {
    ++groups[row.group_id];
    if (row.audio_type != datasets::RecordingKind::kScore) continue;
    ++scores[row.group_id];
    const dsp::AudioBuffer audio = dsp::load_audio(folder / "with" / row.path);
    EXPECT_LE(row.interval.end_s, audio.duration_s());
    float peak = 0;
    for (auto i = static_cast<size_t>(row.interval.start_s * audio.sample_rate_hz);
         i < static_cast<size_t>(row.interval.end_s * audio.sample_rate_hz); ++i)
      peak = std::max(peak, std::abs(audio.samples[i]));
    EXPECT_GT(peak, 0.1) << row.id;
  }
  for (const auto& [group, members] : groups) EXPECT_EQ(scores[group], 1) << group;
}

TEST(PropertyGeneratedCorpus, ExcerptsOfScoresHoldTheNotesOfTheOriginals) {
  CorpusConfig config;
  config.songs = 6;
  config.covers = 0;
  config.hums = 4;
  config.scores = true;
  const CorpusPlan plan = plan_corpus(config);
  int checked = 0;
  for (const PlannedRecording& recording : plan.recordings)
    if (recording.recording.kind == datasets::RecordingKind::kScore) expect_exact(plan, recording, checked);
  EXPECT_GT(checked, 300);
  for (const PlannedGroup& group : plan.groups) {
    ASSERT_TRUE(group.score);
    const auto pitches = [&](size_t index, const TimeInterval& interval) {
      std::vector<double> found;
      for (const PerformedNote& note :
           melody_of(plan.scores[static_cast<size_t>(group.song)], plan.recordings[index].performance))
        if (interval.contains(note.start_s + 1e-6)) found.push_back(note.pitch_midi);
      return found;
    };
    const auto sung = pitches(plan.originals[static_cast<size_t>(group.song)], group.original);
    EXPECT_FALSE(sung.empty());
    EXPECT_EQ(pitches(group.score->recording, group.score->interval), sung);
  }
}

TEST(PropertyGeneratedCorpus, WrongAndSilentCoversHaveTheirSharesAndNoTruth) {
  CorpusConfig config;
  config.songs = 20;
  config.covers = 10;
  config.hums = 0;
  const CorpusPlan plan = plan_corpus(config);
  int wrong = 0, silent = 0;
  for (const PlannedRecording& r : plan.recordings) {
    wrong += r.wrong();
    silent += r.content != PlannedContent::kMusic;
    const bool none = r.wrong() || r.content != PlannedContent::kMusic;
    if (r.recording.kind == datasets::RecordingKind::kCover) {
      EXPECT_EQ(truth_of(plan, r).empty(), none);
    }
    if (r.recording.kind == datasets::RecordingKind::kOriginal) {
      EXPECT_FALSE(none);
    }
  }
  EXPECT_EQ(wrong, 20);
  EXPECT_EQ(silent, 4);
}

TEST(PropertyGeneratedCorpus, TemposAndKeysFollowTheOptions) {
  CorpusConfig config;
  config.songs = 20;
  config.covers = 60;
  config.hums = 0;
  config.tempo_drift = 0;
  config.wrong_cover_share = config.silent_share = 0;
  const CorpusPlan plan = plan_corpus(config);
  std::vector<int> counts(3, 0);
  std::set<long> keys;
  for (const PlannedRecording& r : plan.recordings) {
    if (r.recording.kind != datasets::RecordingKind::kCover) continue;
    const auto& knots = r.performance.clock.knots();
    const double rate = 60 / plan.scores[static_cast<size_t>(r.song)].beats_per_minute *
                        (knots.back().beat - knots.front().beat) /
                        (knots.back().time_s - knots.front().time_s);
    ASSERT_GE(rate, 0.8 - 1e-9);
    ASSERT_LE(rate, 1.25 + 1e-9);
    ++counts[std::abs(rate - 1) <= 0.04 ? 0 : std::abs(rate - 1) <= 0.12 ? 1 : 2];
    keys.insert(std::lround(r.performance.transposition_semitones));
  }
  EXPECT_NEAR(counts[0] / 1200.0, 0.6, 0.05);
  EXPECT_NEAR(counts[1] / 1200.0, 0.3, 0.05);
  EXPECT_NEAR(counts[2] / 1200.0, 0.1, 0.03);
  EXPECT_EQ(*keys.begin(), -6);
  EXPECT_EQ(*keys.rbegin(), 6);
}

TEST(PropertyGeneratedCorpus, SongsAndHumsHaveHumanMeasures) {
  CorpusConfig config;
  config.songs = 40;
  config.covers = 0;
  config.hums = 6;
  const CorpusPlan plan = plan_corpus(config);
  std::set<std::vector<int>> openings;
  for (const PlannedRecording& r : plan.recordings) {
    const auto notes = melody_of(plan.scores[static_cast<size_t>(r.score)], r.performance);
    ASSERT_FALSE(notes.empty()) << r.recording.recording_id;
    if (r.recording.kind == datasets::RecordingKind::kOriginal) {
      EXPECT_LE(sounding_interval(r.performance).duration_s(), config.duration_s * 1.05);
      EXPECT_GT(sounding_interval(r.performance).duration_s(), config.duration_s * 0.7);
      std::vector<int> steps;
      for (size_t n = 1; n < 9; ++n)
        steps.push_back(static_cast<int>(notes[n].pitch_midi - notes[n - 1].pitch_midi));
      openings.insert(steps);
      EXPECT_GT(static_cast<double>(notes.size()) / r.performance.duration_s, 0.4);
      EXPECT_LT(static_cast<double>(notes.size()) / r.performance.duration_s, 6.0);
    } else {
      EXPECT_GE(sounding_interval(r.performance).duration_s(), config.hum_min_duration_s * 0.5);
      EXPECT_LE(sounding_interval(r.performance).duration_s(), config.hum_max_duration_s * 1.15);
    }
    for (const PerformedNote& note : notes) {
      EXPECT_GT(note.end_s, note.start_s);
      EXPECT_GT(note.pitch_midi, 34);
      EXPECT_LT(note.pitch_midi, 86);
    }
  }
  EXPECT_EQ(openings.size(), 40u);  // no two songs begin alike
}

TEST(GeneratedCorpus, NonsenseOptionsAreRefusedByName) {
  const auto message = [](auto change) {
    CorpusConfig config;
    change(config);
    try {
      plan_corpus(config);
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message([](CorpusConfig& c) { c.songs = 0; }), "[synth] songs = 0: must be in [1, 99999]");
  EXPECT_NE(message([](CorpusConfig& c) { c.wrong_cover_share = 1.5; }).find("wrong_covers"),
            std::string::npos);
  EXPECT_NE(message([](CorpusConfig& c) {
              c.tempo_shares = {0.5, 0.1, 0.1};
            }).find("add up to 1"),
            std::string::npos);
  EXPECT_NE(message([](CorpusConfig& c) { c.tempo_shares = {1}; }).find("three shares"), std::string::npos);
  EXPECT_NE(message([](CorpusConfig& c) { c.hum_min_duration_s = 30; }).find("hum_min_duration"),
            std::string::npos);
  EXPECT_NE(message([](CorpusConfig& c) { c.bleed_db = std::nan(""); }).find("bleed_db"), std::string::npos);
}

TEST(GeneratedCorpus, MidiMelodiesBecomeSongs) {
  const auto folder = melomine::testing::shared_data() / "pop909";
  MELOMINE_REQUIRE_PATH(folder);
  CorpusConfig config;
  config.songs = 20;
  config.hums = 2;
  config.midi_folder = folder.string();
  const CorpusPlan plan = plan_corpus(config);
  int checked = 0, repeats = 0;
  for (const PlannedRecording& r : plan.recordings) {
    expect_exact(plan, r, checked);
    if (r.recording.kind == datasets::RecordingKind::kOriginal) {
      EXPECT_LE(sounding_interval(r.performance).duration_s(), 1.05 * config.duration_s);
      EXPECT_GT(sounding_interval(r.performance).duration_s(), 0.6 * config.duration_s);
      std::set<int> units;
      for (const PlacedUnit& p : r.performance.placed) repeats += !units.insert(p.unit).second;
    }
  }
  EXPECT_GT(checked, 5000);
  EXPECT_GT(repeats, 20);  // pop songs repeat themselves, and the splitter finds it
  config.midi_folder = "/nonexistent";
  EXPECT_THROW(plan_corpus(config), DataError);
}

}  // namespace
}  // namespace melomine::synth
