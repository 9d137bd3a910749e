#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "configs/config.h"
#include "core/atomic_file.h"
#include "core/json_file.h"
#include "datasets/front_end.h"
#include "evaluation/evaluation_config.h"
#include "evaluation/evaluation_report.h"
#include "experiments/round_record.h"
#include "experiments/stage_inputs.h"
#include "library/confidence.h"
#include "library/library.h"
#include "mining/mining_summary.h"
#include "regeneration/source_journal.h"
#include "review/crowd_tasks.h"
#include "review/verdict_log.h"
#include "sweeps/claim.h"
#include "sweeps/planner.h"
#include "sweeps/task_state.h"
#include "tests/campaign/target.h"
#include "tests/library/planted_songs.h"
#include "tests/sweeps/sample_experiments.h"
#include "trainer/metrics_log.h"

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kJsonWords = {"null", "true",    "[]",      "{}",     "\"\"",
                                             "-1",   "1e999",   "[[]]",    "\"a\":", ",",
                                             ":",    "\\u0000", "\\ud800", "\xff",   "1152921504606846976",
                                             "0.5"};
const std::vector<std::string> kYamlWords = {
    "&a ", "*a", "<<: *a", "!!str ", "---\n", "? ",   "| \n",   "> \n", "[",         "{",   "- ",
    ": ",  "#",  "null",   "~",      "1e999", ".nan", "type: ", "\t",   "extends: ", "\xff"};

/// One file that is written as it stands here. @param file  its name in the folder
Target record(const std::string& family, const std::string& name, const std::string& file,
              const std::string& content,
              std::function<void(const fs::path& folder, const fs::path& file)> read) {
  return {.family = family,
          .name = name,
          .make =
              [file, content](const fs::path& folder) {
                write_file_atomically(folder / file, content);
                return std::vector<fs::path>{folder / file};
              },
          .read = std::move(read),
          .words = family == "yaml" ? kYamlWords : kJsonWords};
}

std::vector<fs::path> make_library(const fs::path& folder) {
  using library::testing::PlantedSongs;
  PlantedSongs planted;
  RunObserver silent;
  planted.builder().add(planted.songs(0, 4), PlantedSongs::hear,
                        {.factory = "IVF2,SQ8", .songs_per_segment = 2}, silent);
  planted.builder().remove(std::vector<std::string>{"song1"});
  library::Confidence confidence{
      .weight = 2, .bias = -1, .threshold = 0.5, .right = 10, .wrong = 5, .curve = {{0.5, 1, 0.1}}};
  library::write_confidence(planted.library(), confidence);
  fs::copy(planted.library(), folder / "library", fs::copy_options::recursive);
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// A damaged library is told, or gives what it was asked for.
void read_library(const fs::path& folder, const fs::path&) {
  const library::Library songs = library::Library::open(folder / "library");
  for (int64_t n = 0; n < songs.size(); ++n) {
    if (songs.is_removed(n)) continue;
    songs.pitch(n);
    const auto sequence = songs.sequence(n);
    std::vector<float> query(static_cast<size_t>(songs.manifest().model.dim), 0.25f);
    if (sequence.steps > 0) songs.nearest(query, {.neighbours = 3, .probes = 1});
  }
  library::read_confidence(folder / "library");
  library::verify(folder / "library");
}

template <class T>
std::function<void(const fs::path&, const fs::path&)> config_reader() {
  return [](const fs::path&, const fs::path& file) {
    const T config = configs::load_config<T>(file);
    const std::string text = configs::to_yaml(config);
    if (configs::to_yaml(configs::parse_config<T>(text, "again")) != text)
      throw std::logic_error("not read back as written");
  };
}

/// One query of two systems, as an evaluation writes it.
std::string report_text() {
  evaluation::EvaluationRecord record;
  record.name = "held_out";
  record.queries = record.songs = 1;
  record.candidates = 2;
  record.settings = parse_ordered_json(configs::to_json(evaluation::EvaluationConfig()));
  for (const char* name : {evaluation::kBaselineName, evaluation::kModelName})
    record.systems.push_back(
        {.name = name,
         .wall_s = 0.5,
         .metrics = {{.name = "mrr", .estimate = {0.75, 0.5, 1}, .by_song = {0.75, 0.5, 1}}},
         .queries = {{.query = "q1",
                      .song = "s1",
                      .targets = {"r1"},
                      .rank = 1,
                      .average_precision = 1,
                      .score = 0.5,
                      .top1 = "r1",
                      .top1_score = 0.5,
                      .top1_start_s = 1.5}}});
  return evaluation::report_json(record);
}

void read_report(const fs::path&, const fs::path& file) {
  const auto record = read_json_file<evaluation::EvaluationRecord>(file);
  evaluation::report_table(record);
  evaluation::report_json(record);
  evaluation::report_csv(record);
}

constexpr const char* kJudgement =
    R"({"original_id":"a","original":[0,3],"recording_id":"b","place":[1,4.5],"reviewer":"x","answer":"same","time_utc":"2026-11-30T05:12:09Z","group_id":"g"})"
    "\n";
constexpr const char* kTask =
    R"({"task_id":"t0001","expected":null,"original_id":"a","original":[0,3],"recording_id":"b","place":[1,4.5],"group_id":"g"})"
    "\n";
constexpr const char* kScalars = R"({"step":1,"tag":"train/loss","value":2.5,"time":1796000000.5}
{"step":2,"tag":"train/loss","value":null,"time":1796000001.5}
{"step":4,"tag":"validation/mrr","value":0.5,"time":1796000002.5}
)";

std::vector<Target> sweep_targets() {
  using sweeps::SweepLayout;
  return {
      record(
          "yaml", "sweep", "sweep.yaml",
          "name: s\nruns: runs\nrounds: 2\nlosses: [{temperature: 0.1}]\nsweep:\n  seeds: [1, 2]\n  points:\n"
          "    - grid: {width: [4, 16], rounds: [1]}\n    - list: [{width: 3}, {\"losses[0].temperature\": "
          "2}]\n",
          [](const fs::path&, const fs::path& file) {
            sweeps::draft_plan(file, {}, sweeps::testing::SampleExperiments());
          }),
      record(
          "json", "plan", "plan.json",
          R"({"file":"sweep.yaml","metric":"held_out.mrr","base":[["width","4"]],"tasks":[{"name":"width=4,aa","does":"run",)"
          R"("settings":[["width","4"],["seed","1"]],"first":"M_0,bb","shared":false,"wanted":true}]})",
          [](const fs::path& folder, const fs::path&) { sweeps::read_plan(SweepLayout(folder)).points(); }),
      record(
          "json", "task_state", "state.json",
          R"({"state":"failed","reason":"data","ending":"exit status 1","error":"x","attempts":2,"wall_s":1.5,"worker":"w","ended":"2026"})",
          [](const fs::path&, const fs::path& file) { sweeps::read_state(file); }),
      record(
          "json", "claim", "claims/0001",
          R"({"worker":"w","machine":"m","pid":123,"started":"456","lease_s":60,"since":"2026","released":false})",
          [](const fs::path& folder, const fs::path&) { sweeps::last_claim(folder / "claims"); }),
  };
}

}  // namespace

std::vector<Target> record_targets() {
  std::vector<Target> targets = sweep_targets();
  const std::vector<Target> others = {
      record("yaml", "document", "doc.yaml",
             "a: &x {b: [1, 2.5, true], c: \"text\"}\nd: *x\n<<: *x\ne:\n- f\n- |\n  g\n",
             [](const fs::path&, const fs::path& file) {
               const configs::Value value = configs::load_document(file);
               const std::string text = configs::emit_yaml(value, true);
               configs::parse_document(text, "again");
             }),
      record("yaml", "evaluation", "eval.yaml", configs::to_yaml(evaluation::EvaluationConfig()),
             config_reader<evaluation::EvaluationConfig>()),
      record("yaml", "front_end", "front.yaml", configs::to_yaml(datasets::FrontEnd()),
             config_reader<datasets::FrontEnd>()),
      record(
          "json", "round", "round_01/round.json",
          R"({"round":1,"accepted":true,"reason":"","stop_reason":"","validation_mrr":0.5,"songs_mined":4,"relevant":7,"seconds":{"train":1.5}})",
          [](const fs::path& folder, const fs::path&) {
            experiments::read_round(experiments::RunLayout(folder), 1);
          }),
      record("json", "stage_inputs", "inputs.json",
             R"x({"data.groups (hums.csv)":"ff","data.shards (shards)":"ee"})x",
             [](const fs::path&, const fs::path& file) { experiments::read_inputs(file); }),
      record("json", "report", "report.json", report_text(), read_report),
      record("json", "mining_summary", "summary.json", mining::summary_json(mining::MiningSummary()),
             [](const fs::path&, const fs::path& file) { mining::summary_json(mining::read_summary(file)); }),
      record("json", "verdicts", "verdicts.jsonl", std::string(kJudgement) + kJudgement,
             [](const fs::path&, const fs::path& file) { review::read_verdicts(file); }),
      record("json", "crowd_key", "key.jsonl", std::string(kTask) + kTask,
             [](const fs::path&, const fs::path& file) { review::read_key(file); }),
      record(
          "json", "journal_of_sources", "sources.jsonl",
          R"({"id":"a","path":"a.flac","bytes":1,"modified_ns":2,"duration_s":3.5,"reason":"","short":["g/1/x"]})"
          "\n",
          [](const fs::path&, const fs::path& file) { regeneration::SourceJournal(file).find("a"); }),
      record("json", "metrics", "metrics.jsonl", kScalars,
             [](const fs::path& folder, const fs::path& file) {
               trainer::MetricsLog(file, folder / "tensorboard", 3).on_scalar("a", 4, 1);
             }),
      {.family = "library",
       .name = "library",
       .make = make_library,
       .read = read_library,
       .words = kJsonWords},
  };
  targets.insert(targets.end(), others.begin(), others.end());
  return targets;
}

}  // namespace melomine::campaign
