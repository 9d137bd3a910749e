#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "cli/command.h"
#include "cli/experiment_options.h"
#include "cli/startup.h"
#include "configs/check.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/progress.h"
#include "embedding/load_embedder.h"
#include "evaluation/baseline_system.h"
#include "evaluation/broken_items.h"
#include "evaluation/distance_matrix.h"
#include "evaluation/evaluation_report.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/hum_search.h"
#include "experiments/evaluation_job.h"
#include "experiments/leak_job.h"
#include "report/report.h"

namespace melomine::cli {
namespace {

const CommandHelp kEvaluateHelp{
    .name = "evaluate",
    .summary =
        "Measure how well queries find their references, with the baseline, which learns nothing, beside the "
        "model.",
    .usage = "EXPERIMENT.yaml [key=value ...]   or   --queries Q.csv [--references R.csv ...] [options]",
    .examples =
        "  melomine evaluate experiments/demo.yaml          # every set of the experiment, with its encoder\n"
        "  melomine evaluate experiments/demo.yaml --check-leaks   # whether it is trained on, too\n"
        "  melomine evaluate --queries q.csv --references r.csv --checkpoint "
        "runs/demo/round_00/train/last.safetensors\n"
        "  melomine evaluate --queries hums/queries.csv --references refs/references.csv --out report\n"
        "  melomine evaluate --queries hums/queries.csv --references refs/references.csv pop909/\n"
        "  melomine evaluate --queries hums/queries.csv        # hum against hum, by group\n"
        "  melomine evaluate --queries hums/queries.csv --references refs --keep-going   # some are broken\n"
        "  melomine evaluate --queries q.csv --references r.csv --tempo-scales 31 --min-tempo-scale 0.22 \\\n"
        "      --max-tempo-scale 2\n"};

po::options_description options_of(evaluation::EvaluationConfig& config) {
  auto& baseline = config.systems.at(0).settings<evaluation::BaselineConfig>();
  po::options_description options("Options");
  auto add = options.add_options();
  add("queries", po::value<std::string>()->value_name("CSV"),
      "query table: query (path relative to the table), reference_id and/or group");
  add("references", po::value<std::vector<std::string>>()->multitoken()->composing()->value_name("CSV|DIR"),
      "references tables (reference_id, path) or folders of audio and MIDI, put end to end; without any, "
      "each "
      "query has to find the others of its group");
  add("leave-out", po::value<std::vector<std::string>>()->multitoken()->composing()->value_name("ID"),
      "reference_ids that are no candidates, such as other recordings of a query's melody");
  add("checkpoint", po::value<std::string>()->value_name("FILE"),
      "encoder to evaluate beside the baseline; with an experiment, in place of its own");
  add("device", po::value<std::string>()->default_value("cpu"), "where the encoder runs: cpu | cuda");
  add("query-tempo-ratios", po::value<std::vector<double>>()->multitoken()->value_name("R"),
      "tempos at which the model hears each query, the best score counts");
  add("round", po::value<int>()->default_value(0)->value_name("N"),
      "of the experiment, whose encoder is evaluated");
  add("experiment", po::value<std::string>()->value_name("YAML"), "the experiment whose sets are searched");
  add("settings", po::value<std::vector<std::string>>()->value_name("key=value"),
      "over what the experiment says");
  add("out", po::value<std::string>()->value_name("DIR"),
      "write report.txt, report.json and queries.csv there");
  add("distance-matrix", po::value(&config.distance_matrix)->value_name("mirex"),
      "write each system's distances there, too, as MIREX takes them");
  add("keep-going", po::bool_switch(),
      "leave out and list queries and references that are missing or broken, in place of ending there; of an "
      "experiment the same as evaluate.keep_going=true");
  add("check-leaks", po::bool_switch(),
      "only compare what the experiment is evaluated on with what it is trained on, list what is in both in "
      "its folder's leaks.csv, and exit with 1 where that is for certain");
  add("json", po::bool_switch(), "print the report as JSON instead of the table");
  add("tracker",
      po::value<std::string>()
          ->default_value(baseline.f0.tracker.type())
          ->notifier([&baseline](const std::string& type) { baseline.f0.tracker.choose(type); }),
      "f0 tracker, as `melomine config kinds` lists them");
  add("tempo-scales", po::value(&baseline.contour.tempo_scales)->default_value(baseline.contour.tempo_scales),
      "baseline: number of tempos at which a query is tried, log-spaced");
  add("min-tempo-scale",
      po::value(&baseline.contour.min_tempo_scale)->default_value(baseline.contour.min_tempo_scale, "0.7"),
      "shortest stretched length of a query over its own");
  add("max-tempo-scale",
      po::value(&baseline.contour.max_tempo_scale)->default_value(baseline.contour.max_tempo_scale, "1.4"),
      "longest stretched length of a query over its own");
  add("resamples", po::value(&config.bootstrap_resamples)->default_value(config.bootstrap_resamples),
      "bootstrap resamples behind each interval");
  add("seed", po::value(&config.seed)->default_value(config.seed), "seed of the bootstrap");
  return options;
}

/// What an experiment says itself is not asked for by options; ignored they would mislead.
void refuse_options_of_tables(const po::variables_map& values) {
  const std::map<std::string, std::string> settings = {
      {"queries", "evaluate.sets[0].queries"},
      {"references", "evaluate.sets[0].references"},
      {"leave-out", "evaluate.sets[0].leave_out"},
      {"device", "train.device"},
      {"query-tempo-ratios", "evaluate.sets[0].systems[1].query_tempo_ratios"},
      {"out", "runs"},
      {"tracker", "evaluate.sets[0].systems[0].f0.type"},
      {"tempo-scales", "evaluate.sets[0].systems[0].contour.tempo_scales"},
      {"min-tempo-scale", "evaluate.sets[0].systems[0].contour.min_tempo_scale"},
      {"max-tempo-scale", "evaluate.sets[0].systems[0].contour.max_tempo_scale"},
      {"resamples", "evaluate.sets[0].bootstrap_resamples"},
      {"seed", "evaluate.sets[0].seed"},
      {"distance-matrix", "evaluate.sets[0].distance_matrix"}};
  for (const auto& [option, setting] : settings)
    if (values.count(option) > 0 && !values[option].defaulted())
      throw ConfigError(
          fmt::format("melomine evaluate: --{} does not go with an experiment; write {}=… behind it instead",
                      option, setting));
}

/// @returns the exit status
int check_only(const po::variables_map& values, RunObserver& observer) {
  if (values.count("experiment") == 0)
    throw ConfigError("melomine evaluate: --check-leaks needs an experiment, which says what is trained on");
  refuse_options_of_tables(values);
  experiments::ExperimentConfig experiment = load_experiment(values);
  const bool refuses = experiment.leaks == experiments::Leaks::kRefuse;
  experiment.leaks = experiments::Leaks::kReport;
  const auto report = experiments::check_leaks(experiment, {}, observer);
  for (const experiments::Leak& leak : report.leaks)
    fmt::print("{}: {}\n", experiments::to_string(leak.kind), experiments::describe(leak));
  if (report.file.empty())
    fmt::print("nothing to compare: the experiment trains on nothing, or is evaluated on nothing\n");
  else
    fmt::print("{} pair(s); {}\n", report.leaks.size(), report.file.string());
  return refuses && report.any_proof() ? 1 : 0;
}

std::string text_or_empty(const po::variables_map& values, const char* option) {
  return values.count(option) > 0 ? values[option].as<std::string>() : std::string();
}

std::vector<evaluation::EvaluationRecord> evaluate_experiment(const po::variables_map& values,
                                                              experiments::JobContext context,
                                                              RunObserver& observer) {
  refuse_options_of_tables(values);
  experiments::ExperimentConfig experiment = load_experiment(values);
  if (values["keep-going"].as<bool>()) experiment.evaluate.keep_going = true;
  const auto layout = experiments::layout_of(experiment);
  context.lock = std::make_shared<experiments::RunLock>(layout);  // until the page is written, too
  auto result = experiments::run_evaluation(experiment,
                                            {.round = round_of("evaluate", values),
                                             .checkpoint = text_or_empty(values, "checkpoint"),
                                             .repeat = experiments::Repeat::kAlways},
                                            context, observer);
  const auto page = report::write_run_report(layout.folder());
  fmt::print(stderr, "report: {}\n", page.string());
  return std::move(result.reports);
}

evaluation::EvaluationRecord evaluate_tables(const po::variables_map& values,
                                             evaluation::EvaluationConfig config, RunObserver& observer) {
  std::vector<std::filesystem::path> references;
  if (values.count("references") > 0)
    for (const auto& name : values["references"].as<std::vector<std::string>>())
      references.emplace_back(name);
  if (values.count("query-tempo-ratios") > 0)
    config.systems.at(1).settings<evaluation::HumSearchConfig>().query_tempo_ratios =
        values["query-tempo-ratios"].as<std::vector<double>>();
  configs::check(config, "melomine evaluate:");
  if (!config.distance_matrix.empty() && values.count("out") == 0)
    throw ConfigError(
        "melomine evaluate: --distance-matrix is given without --out, where it would be written");
  if (values.count("out") > 0) make_folder(text_or_empty(values, "out"));  // before the work, not after
  const std::string queries = values["queries"].as<std::string>();
  std::vector<std::string> leave_out;
  if (values.count("leave-out") > 0) leave_out = values["leave-out"].as<std::vector<std::string>>();
  if (references.empty() && !leave_out.empty())
    throw ConfigError("melomine evaluate: --leave-out is given without --references");
  const auto broken = values["keep-going"].as<bool>() ? evaluation::BrokenItems::kAreLeftOut
                                                      : evaluation::BrokenItems::kAreErrors;
  auto set = references.empty()
                 ? evaluation::read_each_other_set(queries, broken)
                 : evaluation::read_reference_set(
                       {.queries = queries, .references = references, .omissions = {leave_out, broken}});
  if (broken == evaluation::BrokenItems::kAreLeftOut) evaluation::leave_out_broken(set, observer);
  embedding::IdentifiedEmbedder model;
  if (values.count("checkpoint") > 0) {
    model = embedding::load_identified_embedder(text_or_empty(values, "checkpoint"),
                                                values["device"].as<std::string>());
    set.sources.model = {model.sha256, model.step};
  }
  const auto report = evaluation::evaluate(set, model.embedder.get(), config, observer);
  return values.count("out") > 0 ? evaluation::write_report(report, text_or_empty(values, "out"))
                                 : evaluation::record_of(report);
}

int run_evaluate(const Arguments& args) {
  evaluation::EvaluationConfig config;
  const auto values = parse_arguments(kEvaluateHelp, options_of(config), {"experiment", "settings*"}, args);
  if (!values) return 0;
  ConsoleObserver observer;
  if ((*values)["check-leaks"].as<bool>()) return check_only(*values, observer);
  std::vector<evaluation::EvaluationRecord> reports;
  if (values->count("experiment") > 0) {
    reports = evaluate_experiment(*values, {describe_build(), command_line("evaluate", args)}, observer);
  } else {
    require_options(kEvaluateHelp, *values, {"queries"});
    reports.push_back(evaluate_tables(*values, config, observer));
  }
  for (const auto& report : reports)
    fmt::print("{}\n", (*values)["json"].as<bool>() ? evaluation::report_json(report)
                                                    : evaluation::report_table(report));
  return 0;
}

}  // namespace

Command evaluate_command() {
  return {kEvaluateHelp, run_evaluate};
}

}  // namespace melomine::cli
