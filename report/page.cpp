#include <fmt/format.h>

#include "core/atomic_file.h"
#include "report/figures.h"
#include "report/html.h"
#include "report/mistakes.h"
#include "report/report.h"
#include "report/sections.h"
#include "report/style.h"
#include "report/tables.h"

namespace melomine::report {
namespace {

struct Term {
  const char *word, *meaning;
};
constexpr Term kTerms[] = {
    {"MRR, Top-k",
     "Mean reciprocal rank of the song sought; share of the queries whose song is among the first k. "
     "Means over the queries, with bootstrap 95 % intervals over them and, below, over their songs: hums of "
     "one song stand or fall together. Over one song there is none."},
    {"MRR gained",
     "A model's MRR minus that of the model above it, on the same queries, resampled in pairs, query by "
     "query and, below, song by song. A difference is one that neither interval explains away: neither holds "
     "0."},
    {"baseline", "Matching of pitch contours: what can be had without a model."},
    {"systems against each other",
     "Metrics of one system minus those of another, on the same queries, resampled in pairs. Each system "
     "stands "
     "against the best baseline, and one that combines others against the best of them, too."},
    {"mined pair",
     "A fragment of an original and its place in a cover. At β rel. or above its correlation makes it "
     "relevant "
     "(trained on), between the thresholds uncertain (for people to check), below it is dropped."},
    {"precision",
     "Right pairs among the pairs. A pair is right when at least 80 % of the fragment has a counterpart in "
     "the "
     "recording and the centres lie within 0.5 s."},
    {"matching recall",
     "Of the fragments and covers in which a counterpart exists, the share found by a right pair."},
    {"coverage", "Sung time of the originals inside fragments."},
    {"alignment", "Distance of the centres of a right pair, median and 90 % quantile."},
    {"wrong covers in", "Relevant pairs on recordings of other songs."}};

std::string meanings() {
  std::string html = "<dl>";
  for (const Term& term : kTerms) html += fmt::format("<dt>{}</dt><dd>{}</dd>", term.word, term.meaning);
  return html + "</dl>";
}

/// Links to the sections that are there.
std::string navigation(const std::string& body) {
  std::string html;
  for (const auto& [id, title] : {std::pair{"rounds", "Rounds"},
                                  {"mistakes", "Mistakes"},
                                  {"fingerprints", "Fingerprints"},
                                  {"training", "Training"},
                                  {"mining", "Mining"},
                                  {"review", "Review"},
                                  {"timelines", "Timelines"},
                                  {"listening", "Listening"},
                                  {"times", "Time"},
                                  {"details", "Details"}})
    if (body.find(fmt::format("<section id='{}'>", id)) != std::string::npos)
      html += fmt::format("<a href='#{}'>{}</a> ", id, title);
  return "<nav aria-label='Sections'>" + html + "</nav></header>\n";
}

/// Why the loop ended before its last round; "" where it did not.
std::string stop_note(const RunRecord& run) {
  const auto& outcome = run.rounds.back().outcome;
  if (!outcome || outcome->stop_reason.empty()) return "";
  return fmt::format("<p class='note'>The loop ended after {}: {}.</p>", model_name(run.rounds.back().number),
                     escape_html(outcome->stop_reason));
}

std::string rounds_section(const RunRecord& run, const std::vector<SetMistakes>& mistakes) {
  const std::string html = retrieval_table(run) + differences_table(run) + changed_queries(run, mistakes) +
                           mining_table(run) + round_charts(run);
  if (html.empty()) return "";
  return "<section id='rounds'><h2>Rounds</h2><p class='note'>M₀ is trained before anything is mined, on "
         "hums or on notes; each model mines originals and covers, and the next is trained on the same and "
         "what was mined. Below each figure its 95 % interval.</p>" +
         html + stop_note(run) + "</section>\n";
}

std::string details_section(const RunRecord& run) {
  std::string html = "<section id='details'><h2>Details</h2>" + folded("What the figures mean", meanings());
  if (const std::string table = set_aside_table(run); !table.empty())
    html += folded("Recordings set aside", table);
  const auto text = [](const std::string& content) {
    return "<pre tabindex='0'>" + escape_html(content) + "</pre>";
  };
  if (!run.config_yaml.empty()) html += folded("Configuration", text(run.config_yaml));
  std::string hashes;
  for (const ReportedRound& round : run.rounds)
    if (round.mining)
      hashes += fmt::format("\n{} mined: model sha256 {}, settings sha256 {}",
                            model_name(run.miner_of(round.number)), round.mining->provenance.model_sha256,
                            round.mining->provenance.config_sha256);
  if (!run.provenance.empty() || !hashes.empty()) html += folded("Provenance", text(run.provenance + hashes));
  return html + "</section>\n";
}

std::string page_html(const RunRecord& run, const ReportInputs& inputs) {
  const auto mistakes = mistakes_of(run, static_cast<size_t>(inputs.mistakes));
  std::string body = rounds_section(run, mistakes) + mistakes_section(run, mistakes, inputs);
  body += fingerprints_section(run);
  body += training_section(run) + mining_section(run) + review_section(run) + fragments_section(run, inputs);
  body += times_section(run) + details_section(run);
  const std::string head = fmt::format(
      "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'/><meta name='viewport' "
      "content='width=device-width,initial-scale=1'/><title>{} - "
      "melomine</title><style>{}</style></head><body><main>",
      escape_html(run.name), kReportStyle);
  return head + head_section(run) + navigation(body) + body + "</main></body></html>\n";
}

}  // namespace

void bind(configs::Binder& b, ReportInputs& c) {
  b.path("shards", c.shards, "audio shards; in place of data.shards of the run");
  b.path("truth", c.truth,
         "truth table by which timelines and pairs to hear are judged, in place of data.time_maps of the "
         "run; precision and "
         "recall are kept by mining, where data.time_maps was set");
  b.integer("groups_to_hear", c.audio_groups, configs::between(0, 60),
            "mined groups embedded as audio at most; 0: none");
  b.integer("mistakes", c.mistakes, configs::between(0, 60),
            "wrong answers to hear at most; each set that has any shows one; 0: none");
  b.integer("timelines", c.timeline_songs, configs::between(0, 100), "songs drawn as timelines at most");
}

std::filesystem::path write_run_report(const std::filesystem::path& run, const ReportInputs& inputs,
                                       std::string_view writer) {
  const experiments::RunLayout layout(run);
  const RunRecord record = read_run(run);
  write_file_atomically(layout.report(), page_html(record, inputs), writer);
  write_file_atomically(layout.figures(), figures_json(record), writer);
  return layout.report();
}

}  // namespace melomine::report
