#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/csv.h"
#include "datasets/audio_shard.h"
#include "datasets/time_map.h"
#include "evaluation/evaluation_report.h"
#include "experiments/experiment_config.h"
#include "experiments/round_record.h"
#include "mining/mining_summary.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::testing {

/// How often a text stands in a page.
inline size_t count(const std::string& page, const std::string& text) {
  size_t found = 0;
  for (size_t at = page.find(text); at != page.npos; at = page.find(text, at + 1)) ++found;
  return found;
}

/// Names that the page has to show as they are.
struct RunNames {
  std::string song = "tune", set = "held_out", loss = "nt_xent", reason = "holds no sound",
              command = "melomine run";
};

/// A run of two rounds with figures known by hand, written by the rooms that write it in earnest. Song `song`
/// has two fragments: the first is found 20 ms off in cover01, the second 3 s off, and the first also,
/// uncertainly, in cover02, which is of another song.
class ReportRun {
 public:
  explicit ReportRun(RunNames names = {}) : names_(std::move(names)) {
    write_shards();
    write_truth();
    experiments::ExperimentConfig config;
    config.name = "two rounds";
    config.data.shards = (folder_ / "shards").string();
    config.data.time_maps = (folder_ / "truth.csv").string();
    write("experiment.yaml", configs::to_yaml(config));
    write("provenance.json",
          nlohmann::json{{"command", names_.command}, {"started_utc", "2025-03-01T10:00:00Z"}}.dump());
    write_evaluation(0, {1, 2, 4, 4}, true);
    write_evaluation(1, {1, 1, 1, 2}, false);
    for (int round = 0; round < 2; ++round) {
      write_curves(round);
      experiments::RoundRecord record;
      record.round = round;
      record.validation_mrr = 0.5;
      record.songs_mined = round;
      record.seconds = {{"train", 61.0}, {"evaluate", 9.0}};
      experiments::write_round(experiments::RunLayout(path()), record);
    }
    write_mined(mined());
  }

  std::filesystem::path path() const { return folder_ / "run"; }
  std::filesystem::path folder() const { return folder_.path(); }
  std::filesystem::path file(const std::string& name) const { return path() / name; }
  std::string read(const std::string& name) const { return read_file(file(name)); }
  std::string original() const { return names_.song + "_original"; }
  std::string cover(int number) const { return fmt::format("{}_cover{:02}", names_.song, number); }

  void write(const std::string& name, const std::string& content) const {
    make_folder(file(name).parent_path());
    write_file_atomically(file(name), content);
  }

  mining::MinedSet mined() const {
    mining::MinedSet set;
    set.provenance = {1, std::string(64, 'a'), std::string(64, 'b')};
    const mining::Song song{names_.song, recording(original()), {recording(cover(1)), recording(cover(2))}};
    const mining::MinedMatch near{cover(1), {7.02, 17.02}, 0.9, 1}, far{cover(1), {25, 37}, 0.6, 1},
        other{cover(2), {0, 10}, 0.4, 1};
    mining::MinedSong found;
    found.song_id = names_.song;
    found.original_id = original();
    found.original_s = 40;
    found.covers = 2;
    found.fragments = {{{5, 15}, {near, other}, {near, other}}, {{20, 32}, {far}, {far}}};
    mining::append(set, song, found, {});
    set.set_aside = {{cover(2), names_.reason}};
    return set;
  }

  /// The stage `mine` of round 1.
  void write_mined(const mining::MinedSet& set) const {
    const datasets::Truth truth(datasets::read_truth_table(folder_ / "truth.csv"));
    const auto quality = mining::quality_of(set, truth);
    make_folder(file("round_01/mine"));
    datasets::write_fragment_table(file("round_01/mine/mined.csv"), set.rows,
                                   datasets::TableColumns::kChadWithProvenance);
    write("round_01/mine/summary.json",
          mining::summary_json(mining::summarise(set, mining::yield_of(set), &quality,
                                                 mining::threshold_curve(set, truth), {})));
  }

 private:
  static mining::SongRecording recording(const std::string& id) {
    return {id, "", std::string(64, 'c'), 42, {}};
  }

  void write_shards() const {
    make_folder(folder_ / "shards");
    datasets::AudioShardWriter writer(folder_ / "shards" / datasets::shard_file_name(0), 16000);
    const auto add = [&](const std::string& id, datasets::RecordingKind kind, double frequency_hz) {
      writer.append(sine(frequency_hz, 42, 0.1));
      datasets::StoredRecording stored;
      stored.recording = {id, names_.song, kind, id + ".flac", "", "", ""};
      writer.finish_recording(stored);
    };
    add(original(), datasets::RecordingKind::kOriginal, 220);
    add(cover(1), datasets::RecordingKind::kCover, 247);
    add(cover(2), datasets::RecordingKind::kCover, 330);
    writer.commit();
  }

  /// cover01 is the original 2 s later.
  void write_truth() const {
    write_file_atomically(
        folder_ / "truth.csv",
        "song_id,original_id,recording_id,kind,original_start_s,original_end_s,recording_start_s,"
        "recording_end_s,transposition_semitones\n" +
            csv_line({names_.song, original(), cover(1), "cover", "0", "40", "2", "42", "0"}));
  }

  static evaluation::SystemResult system(const std::string& name, const std::vector<int64_t>& ranks) {
    evaluation::SystemResult result;
    result.name = name;
    std::vector<int64_t> songs;
    for (const int64_t rank : ranks) {
      songs.push_back(static_cast<int64_t>(songs.size()) / 2);
      result.ranked.push_back({rank, 1.0 / static_cast<double>(rank)});
      result.target_scores.push_back(0);
      result.target_starts_s.push_back(0);
      result.best_targets.push_back(0);
      result.best.push_back({{.reference = 0, .score = 0, .start_s = 0}});
    }
    for (const auto& metric : retrieval::all_metrics()) {
      const auto values = retrieval::metric_values(metric, result.ranked);
      result.metrics.push_back({std::string(metric.name), retrieval::bootstrap_mean(values),
                                retrieval::bootstrap_clustered_mean(values, songs)});
    }
    return result;
  }

  void write_evaluation(int round, const std::vector<int64_t>& ranks, bool baseline) const {
    evaluation::EvaluationReport report;
    report.name = names_.set;
    report.candidates = {"a", "b", "c", "d"};
    for (size_t q = 0; q < ranks.size(); ++q) {
      report.queries.push_back("hum" + std::to_string(q));
      report.songs.push_back("song" + std::to_string(q / 2));
      report.targets.push_back({0});
    }
    if (baseline) report.systems.push_back(system("baseline", {2, 2, 2, 2}));
    report.systems.push_back(system("model", ranks));
    evaluation::write_report(evaluation::record_of(report),
                             file(fmt::format("round_{:02}/evaluate/set", round)));
  }

  void write_curves(int round) const {
    std::string lines;
    for (int step = 10; step <= 30; step += 10)
      for (const std::string& tag :
           {std::string("train/loss"), "train/" + names_.loss, std::string("train/triplet"),
            std::string("train/learning_rate"), std::string("validation/mrr")})
        lines +=
            nlohmann::json{{"step", step}, {"tag", tag}, {"value", 1.0 / step}, {"time", 0}}.dump() + "\n";
    write(fmt::format("round_{:02}/train/metrics.jsonl", round), lines);
  }

  RunNames names_;
  TempFolder folder_;
};

}  // namespace melomine::testing
