#include "regeneration/export_set.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "core/progress.h"
#include "experiments/run_layout.h"
#include "review/consensus.h"

namespace melomine::cli {
namespace {

const CommandHelp kExportHelp{
    .name = "export",
    .summary = "Write mined fragments and hums as a data set in CHAD's form, with a datasheet.",
    .usage = "TABLE.csv... --shards DIR --out DIR [options]",
    .examples =
        "  melomine export runs/loop/round_02/mine/mined.csv corpus/hums.csv --shards shards --out my_set\n"
        "  melomine export runs/loop/round_02/mine/mined.csv --shards shards --out my_set --fragments --name "
        "\"My set\"\n"
        "  melomine regenerate my_set/dataset.csv --audio recordings --out made      # the same fragments "
        "again"};

/// Of a mined table in a run's folder: what people said of its pairs so far.
void apply_verdicts_of_run(const std::filesystem::path& table, std::vector<datasets::FragmentRow>& rows) {
  const auto layout = experiments::RunLayout::around(table);
  if (!layout) return;
  const review::VerdictLog log = review::read_verdicts(layout->verdicts());
  if (log.judgements.empty()) return;
  const auto applied = review::apply_verdicts(rows, review::Consensus(log.judgements));
  fmt::print(stderr, "{}: people accepted {} pairs and rejected {}, {} are tied\n", table.string(),
             applied.accepted, applied.rejected, applied.tied);
}

int run_export(const Arguments& args) {
  regeneration::ExportOptions o;
  po::options_description options("Options");
  options.add_options()("tables", po::value<std::vector<std::string>>()->value_name("CSV"),
                        "fragment tables: mined.csv of rounds, tables of hums")(
      "shards", po::value<std::string>()->value_name("DIR"), "shards that the tables are of")(
      "out", po::value<std::string>()->value_name("DIR"), "folder that is written")(
      "name", po::value(&o.name)->default_value(o.name), "of the set, in its datasheet")(
      "relevant-only", po::bool_switch(), "without what lies between the thresholds of mining")(
      "fragments", po::bool_switch(), "write the fragments' audio, too")(
      "no-verdicts", po::bool_switch(),
      "as mined: without what people said of the pairs in `melomine review`");
  const auto values = parse_arguments(kExportHelp, options, {"tables*"}, args);
  if (!values) return 0;
  require_options(kExportHelp, *values, {"tables", "shards", "out"});
  for (const std::string& table : (*values)["tables"].as<std::vector<std::string>>())
    o.tables.emplace_back(table);
  o.shards = (*values)["shards"].as<std::string>();
  o.out = (*values)["out"].as<std::string>();
  o.uncertain = !(*values)["relevant-only"].as<bool>();
  o.fragments = (*values)["fragments"].as<bool>();
  if (!(*values)["no-verdicts"].as<bool>()) o.judge = apply_verdicts_of_run;
  ConsoleObserver console;
  const auto summary = regeneration::export_set(o, console);
  fmt::print("{}\n", regeneration::datasheet_page(summary.datasheet, o.name));
  if (summary.repeated > 0) fmt::print("{} fragments stood in several tables\n", summary.repeated);
  if (summary.absent > 0)
    fmt::print("{} rows are of recordings that the shards lack, and are left out\n", summary.absent);
  fmt::print("{}\n", (o.out / "dataset.csv").string());
  return 0;
}

}  // namespace

Command export_command() {
  return {kExportHelp, run_export};
}

}  // namespace melomine::cli
