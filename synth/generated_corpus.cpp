#include "synth/generated_corpus.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <atomic>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/text.h"
#include "datasets/fragment_groups.h"
#include "datasets/songs_table.h"
#include "dsp/encode.h"
#include "synth/corpus_plan.h"
#include "synth/performer.h"

namespace melomine::synth {
namespace {

namespace fs = std::filesystem;

/// Raised whenever the same options give other bytes than before.
constexpr int kGeneratorVersion = 3;

/// A microsecond is far below a sample; more digits would only be noise of the arithmetic.
std::string seconds_text(double value) {
  return format_number(std::round(value * 1e6) / 1e6);
}

std::string options_text(const CorpusConfig& config) {
  nlohmann::ordered_json json;
  json["generator_version"] = kGeneratorVersion;
  json.update(parse_ordered_json(configs::to_json(config)));
  if (!config.scores) json.erase("scores");  // corpora of versions without it stay what they are
  return json_text(json, 2) + "\n";
}

std::string first_difference(const std::string& before, const std::string& now) {
  const auto old_json = json_if_valid(before);
  if (!old_json || !old_json->is_object()) return "its synth.json cannot be read";
  const auto new_json = parse_ordered_json(now);
  for (const auto& [key, value] : new_json.items()) {
    const std::string was = old_json->contains(key) ? json_text(old_json->at(key)) : "absent";
    if (was != json_text(value)) return fmt::format("{} was {}, is {}", key, was, json_text(value));
  }
  return "its synth.json has other keys";
}

/// Makes the folder this corpus's own, or finds that it is.
void claim_folder(const fs::path& out, const std::string& options) {
  const fs::path marker = out / "synth.json";
  if (fs::exists(marker)) {
    const std::string before = read_file(marker);
    if (before != options)
      throw ConfigError(fmt::format("{} holds a corpus made with other options ({}); choose another --out",
                                    out.string(), first_difference(before, options)));
    return;
  }
  make_folder(out);
  // A run that was killed at its very first write may have left that write's temporary.
  std::error_code error;
  fs::remove(out / "synth.json.tmp", error);
  if (!fs::is_empty(out))
    throw ConfigError(fmt::format("{} is not empty and was not made by melomine synth; choose another --out",
                                  out.string()));
  write_file_atomically(marker, options);
}

bool complete(const PlannedRecording& planned, const fs::path& out) {
  return fs::exists(out / planned.recording.path) &&
         (planned.vocals_path.empty() || fs::exists(out / planned.vocals_path));
}

int64_t render_all(const CorpusPlan& plan, const fs::path& out, RunObserver& observer) {
  std::vector<size_t> pending;
  for (size_t i = 0; i < plan.recordings.size(); ++i)
    if (!complete(plan.recordings[i], out)) pending.push_back(i);
  const auto total = static_cast<int64_t>(plan.recordings.size());
  int64_t done = total - static_cast<int64_t>(pending.size());
  observer.on_stage_begin("synth", total, "recordings");
  std::mutex mutex;
  tbb::parallel_for(
      size_t{0}, pending.size(),
      [&](size_t n) {
        if (cancellation_requested()) return;
        const PlannedRecording& planned = plan.recordings[pending[n]];
        const RenderedRecording rendered = render_recording(plan, pending[n]);
        dsp::write_flac(out / planned.recording.path, rendered.mix);
        if (!planned.vocals_path.empty()) dsp::write_flac(out / planned.vocals_path, rendered.vocals);
        const std::lock_guard lock(mutex);
        observer.on_progress(++done, "");
      },
      tbb::simple_partitioner());
  throw_if_cancelled();
  return static_cast<int64_t>(pending.size());
}

void write_songs(const CorpusPlan& plan, const fs::path& out) {
  std::vector<datasets::Recording> mixes, stems;
  for (const PlannedRecording& planned : plan.recordings) {
    mixes.push_back(planned.recording);
    stems.push_back(planned.recording);
    if (!planned.vocals_path.empty()) stems.back().path = planned.vocals_path;
  }
  datasets::write_songs_table(out / "songs.csv", mixes);
  datasets::write_songs_table(out / "songs_vocals.csv", stems);
}

void write_groups(const CorpusPlan& plan, const fs::path& out) {
  std::vector<datasets::FragmentRow> rows;
  std::string queries = csv_line({"query", "reference_id", "group", "duration_s"});
  std::vector<int> fragments_of_song(plan.scores.size(), 0);
  for (const PlannedGroup& group : plan.groups) {
    const PlannedRecording& original = plan.recordings[plan.originals[static_cast<size_t>(group.song)]];
    const int number = ++fragments_of_song[static_cast<size_t>(group.song)];
    datasets::FragmentRow row;
    row.group_id = fmt::format("{}_g{:02}", original.recording.song_id, number);
    row.fragment_id = std::to_string(number);
    const auto add = [&](const PlannedRecording& planned, const std::string& path, TimeInterval interval) {
      row.id = row.recording_id = planned.recording.recording_id;
      row.audio_type = planned.recording.kind;
      row.path = path;
      row.interval = {std::round(interval.start_s * 1e6) / 1e6, std::round(interval.end_s * 1e6) / 1e6};
      row.duration_s = std::round(interval.duration_s() * 1e6) / 1e6;
      row.correlation = 1;
      rows.push_back(row);
    };
    add(original, original.vocals_path, group.original);
    for (const size_t h : group.hums) {
      const PlannedRecording& hum = plan.recordings[h];
      add(hum, hum.recording.path, sounding_interval(hum.performance));
      queries += csv_line({hum.recording.path, original.recording.recording_id, row.group_id,
                           seconds_text(hum.performance.duration_s)});
    }
    if (group.score) {
      const PlannedRecording& score = plan.recordings[group.score->recording];
      add(score, score.recording.path, group.score->interval);
    }
  }
  datasets::write_fragment_table(out / "hums.csv", rows, datasets::TableColumns::kChadWithPath);
  write_file_atomically(out / "queries.csv", queries);
}

void write_references(const CorpusPlan& plan, const fs::path& out) {
  std::string stems = csv_line({"reference_id", "path"}), mixes = stems;
  for (const size_t i : plan.originals) {
    const PlannedRecording& original = plan.recordings[i];
    stems += csv_line({original.recording.recording_id, original.vocals_path});
    mixes += csv_line({original.recording.recording_id, original.recording.path});
  }
  write_file_atomically(out / "references.csv", stems);
  write_file_atomically(out / "references_mix.csv", mixes);
}

int64_t write_truth(const CorpusPlan& plan, const fs::path& out) {
  std::string content =
      csv_line({"song_id", "original_id", "recording_id", "kind", "original_start_s", "original_end_s",
                "recording_start_s", "recording_end_s", "transposition_semitones"});
  int64_t rows = 0;
  for (const PlannedRecording& planned : plan.recordings) {
    const PlannedRecording& original = plan.recordings[plan.originals[static_cast<size_t>(planned.song)]];
    const double transposition =
        planned.performance.transposition_semitones - original.performance.transposition_semitones;
    for (const TruthPiece& p : truth_of(plan, planned)) {
      content += csv_line({planned.recording.song_id, original.recording.recording_id,
                           planned.recording.recording_id, to_string(planned.recording.kind),
                           seconds_text(p.original_start_s), seconds_text(p.original_end_s),
                           seconds_text(p.recording_start_s), seconds_text(p.recording_end_s),
                           format_number(std::round(transposition * 1e4) / 1e4)});
      ++rows;
    }
  }
  write_file_atomically(out / "truth.csv", content);
  return rows;
}

}  // namespace

CorpusSummary generate_corpus(const CorpusConfig& config, const fs::path& out, RunObserver& observer) {
  const CorpusPlan plan = plan_corpus(config);
  claim_folder(out, options_text(config));
  for (const char* folder : {"audio", "vocals", "hums"}) make_folder(out / folder);
  if (config.scores) make_folder(out / kScoresFolder);
  CorpusSummary summary;
  summary.recordings = static_cast<int64_t>(plan.recordings.size());
  for (const PlannedRecording& planned : plan.recordings) summary.audio_s += planned.performance.duration_s;
  summary.rendered = render_all(plan, out, observer);
  write_songs(plan, out);
  write_groups(plan, out);
  write_references(plan, out);
  summary.truth_rows = write_truth(plan, out);
  observer.on_stage_end(fmt::format("{} recordings, {} rendered now, {} of audio, {} truth rows",
                                    summary.recordings, summary.rendered, format_duration(summary.audio_s),
                                    summary.truth_rows));
  return summary;
}

}  // namespace melomine::synth
