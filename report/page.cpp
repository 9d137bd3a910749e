#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/atomic_file.h"
#include "report/html.h"
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

/// The model that the run stands by: of the last round that was not rejected.
const ReportedRound* best_round(const RunRecord& run, const std::string& set) {
  for (size_t i = run.rounds.size(); i-- > 0;) {
    const ReportedRound& round = run.rounds[i];
    const auto* record = round.evaluation(set);
    const auto* model = record == nullptr ? nullptr : record->model();
    const bool rejected = round.outcome && !round.outcome->accepted;
    if (!rejected && model != nullptr && model->metric("mrr") != nullptr) return &round;
  }
  return nullptr;
}

/// " [0.71, 0.83]", nothing where there is no interval.
std::string bracketed(const retrieval::Estimate& e) {
  return std::isfinite(e.low) && std::isfinite(e.high) ? fmt::format(" [{:.2f}, {:.2f}]", e.low, e.high) : "";
}

/// "+0.094 [+0.04, +0.15]"
std::string signed_estimate(const retrieval::Estimate& e) {
  return std::isfinite(e.low) && std::isfinite(e.high)
             ? fmt::format("{:+.3f} [{:+.2f}, {:+.2f}]", e.mean, e.low, e.high)
             : fmt::format("{:+.3f}", e.mean);
}

/// Where no system hears by the run's own encoder, the best of those that are there.
std::string result_of_others(const RunRecord& run, const std::string& set) {
  const auto mrr_of = [](const auto* system) { return system->metric("mrr")->estimate; };
  for (const ReportedRound& round : run.rounds) {
    const auto* record = round.evaluation(set);
    if (record == nullptr) continue;
    auto others = record->others();
    std::erase_if(others, [](const auto* system) { return system->metric("mrr") == nullptr; });
    if (others.empty()) continue;
    const auto* best = *std::max_element(others.begin(), others.end(), [&](const auto* a, const auto* b) {
      return mrr_of(a).mean < mrr_of(b).mean;
    });
    return fmt::format("{} finds the {} hums of {} with MRR {:.3f}{}", best->name, record->queries, set,
                       mrr_of(best).mean, bracketed(mrr_of(best)));
  }
  return "";
}

std::string retrieval_result(const RunRecord& run) {
  if (run.sets.empty()) return "";
  const std::string& set = run.sets.front();
  const ReportedRound* round = best_round(run, set);
  if (round == nullptr) return result_of_others(run, set);
  const evaluation::EvaluationRecord& record = *round->evaluation(set);
  const auto& mrr = record.model()->metric("mrr")->estimate;
  std::string text = fmt::format("{} finds the {} hums of {} with MRR {:.3f}{}", model_name(round->number),
                                 record.queries, set, mrr.mean, bracketed(mrr));
  const ReportedRound& first = run.rounds.front();
  if (const auto* before = first.evaluation(set); before != nullptr && first.number < round->number)
    if (const auto gained = mrr_difference(record, *before))
      text += fmt::format(", {} against {}", signed_estimate(gained->estimate), model_name(first.number));
  if (const auto* baseline = run.baseline(set); baseline != nullptr && baseline->metric("mrr") != nullptr)
    text += fmt::format("; the baseline has {:.3f}", baseline->metric("mrr")->estimate.mean);
  return text;
}

std::string mining_result(const RunRecord& run) {
  for (size_t i = run.rounds.size(); i-- > 0;) {
    const auto& mining = run.rounds[i].mining;
    if (!mining) continue;
    std::string text = fmt::format("{} mined {} relevant pairs",
                                   model_name(run.miner_of(run.rounds[i].number)), mining->yield.relevant);
    if (!mining->quality) return text;
    const auto precision = mining->quality->figure("relevant_precision").estimate;
    return std::isfinite(precision.mean)
               ? text + fmt::format(", {} of them right", value_text(precision.mean, Unit::kPercent))
               : text;
  }
  return "";
}

std::string header(const RunRecord& run) {
  const std::string found = retrieval_result(run), mined = mining_result(run);
  std::string html = fmt::format("<header><h1>{}</h1>", escape_html(run.name));
  std::string sentence = found.empty() ? mined : mined.empty() ? found : found + "; " + mined;
  if (sentence.empty()) sentence = "Nothing has been evaluated yet";
  html += fmt::format("<p class='result'>{}.</p>", escape_html(sentence));
  std::string meta = run.started_utc.empty() ? "" : "begun " + escape_html(run.started_utc);
  if (!run.command.empty())
    meta += fmt::format("{}<code>{}</code>", meta.empty() ? "" : " · ", escape_html(run.command));
  if (!meta.empty()) html += fmt::format("<p class='meta'>{}</p>", meta);
  return html;
}

/// Links to the sections that are there.
std::string navigation(const std::string& body) {
  std::string html;
  for (const auto& [id, title] : {std::pair{"rounds", "Rounds"},
                                  {"training", "Training"},
                                  {"mining", "Mining"},
                                  {"timelines", "Timelines"},
                                  {"listening", "Listening"},
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

std::string rounds_section(const RunRecord& run) {
  const std::string html =
      retrieval_table(run) + differences_table(run) + mining_table(run) + round_charts(run);
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
  std::string body = rounds_section(run) + training_section(run) + mining_section(run);
  body += fragments_section(run, inputs) + details_section(run);
  const std::string head = fmt::format(
      "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'/><meta name='viewport' "
      "content='width=device-width,initial-scale=1'/><title>{} - "
      "melomine</title><style>{}</style></head><body><main>",
      escape_html(run.name), kReportStyle);
  return head + header(run) + navigation(body) + body + "</main></body></html>\n";
}

}  // namespace

void bind(configs::Binder& b, ReportInputs& c) {
  b.path("shards", c.shards, "audio shards; in place of data.shards of the run");
  b.path("truth", c.truth, "truth table; in place of data.time_maps of the run");
  b.integer("groups_to_hear", c.audio_groups, configs::between(0, 60),
            "mined groups embedded as audio at most; 0: none");
  b.integer("timelines", c.timeline_songs, configs::between(0, 100), "songs drawn as timelines at most");
}

std::filesystem::path write_run_report(const std::filesystem::path& run, const ReportInputs& inputs,
                                       std::string_view writer) {
  auto path = experiments::RunLayout(run).report();
  write_file_atomically(path, page_html(read_run(run), inputs), writer);
  return path;
}

}  // namespace melomine::report
