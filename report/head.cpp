#include <fmt/format.h>

#include <cmath>

#include "core/progress.h"
#include "report/html.h"
#include "report/result.h"
#include "report/sections.h"
#include "report/tables.h"
#include "report/times.h"

namespace melomine::report {
namespace {

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

/// "fused, the best of 3 systems beside M₂," where several of the run's systems were judged.
std::string subject_of(const SetResult& result) {
  const Standing& best = result.best();
  const size_t judged = result.systems.size() - (result.baseline() == nullptr ? 0 : 1);
  const bool is_model = best.system == result.record->model();
  if (judged < 2) return best.name;
  return is_model ? fmt::format("{}, the best of {} systems,", best.name, judged)
                  : fmt::format("{}, the best of {} systems beside {},", best.name, judged,
                                model_name(best.round));
}

std::string retrieval_result(const RunRecord& run) {
  if (run.sets.empty()) return "";
  const auto result = result_of(run, run.sets.front());
  if (!result) return "";
  const Standing& best = result->best();
  const retrieval::Estimate mrr = best.metric("mrr");
  std::string text = fmt::format("{} finds the {} hums of {} with MRR {:.3f}{}", subject_of(*result),
                                 result->record->queries, result->set, mrr.mean, bracketed(mrr));
  const ReportedRound& first = run.rounds.front();
  const bool is_model = best.system == result->record->model();
  if (const auto* before = first.evaluation(result->set);
      is_model && before != nullptr && first.number < best.round)
    if (const auto gained = mrr_difference(*result->record, *before))
      text += fmt::format(", {} against {}", signed_estimate(gained->estimate), model_name(first.number));
  if (const Standing* baseline = result->baseline(); baseline != nullptr && baseline != &best)
    text += fmt::format("; the baseline has {:.3f}", baseline->metric("mrr").mean);
  return text;
}

const ReportedRound* last_with_summary(const RunRecord& run) {
  for (size_t i = run.rounds.size(); i-- > 0;)
    if (run.rounds[i].mining) return &run.rounds[i];
  return nullptr;
}

/// Share of the relevant pairs that are right; NaN without a truth.
double precision_of(const mining::MiningSummary& mining) {
  return mining.quality ? mining.quality->figure("relevant_precision").estimate.mean : std::nan("");
}

std::string mining_result(const RunRecord& run) {
  const ReportedRound* round = last_with_summary(run);
  if (round == nullptr) return "";
  std::string text = fmt::format("{} mined {} relevant pairs", model_name(run.miner_of(round->number)),
                                 round->mining->yield.relevant);
  const double precision = precision_of(*round->mining);
  return std::isfinite(precision)
             ? text + fmt::format(", {} of them right", value_text(precision, Unit::kPercent))
             : text;
}

/// @param below  texts, each on a line of its own
std::string tile(const std::string& title, const std::string& value, const std::vector<std::string>& below) {
  std::string html = fmt::format("<div><dt>{}</dt><dd>{}", escape_html(title), escape_html(value));
  for (const std::string& line : below)
    if (!line.empty()) html += fmt::format("<small>{}</small>", escape_html(line));
  return html + "</dd></div>";
}

std::string interval_line(const retrieval::Estimate& e, Unit unit, const char* over) {
  if (!std::isfinite(e.low) || !std::isfinite(e.high)) return "";
  return fmt::format("{} {}", over, interval_text(e, unit));
}

std::string retrieval_tiles(const RunRecord& run, const std::string& set) {
  const auto result = result_of(run, set);
  if (!result) return "";
  const Standing& best = result->best();
  const auto& by_song = best.system->metric("mrr")->by_song;
  const retrieval::Estimate mrr = best.metric("mrr");
  std::string html = tile("MRR, " + set, number_text(mrr.mean, 3),
                          {"by " + best.name, interval_line(mrr, Unit::kPlain, "queries"),
                           interval_line(by_song, Unit::kPlain, "songs")});
  if (best.beyond_baseline)
    html += tile("beyond the baseline", signed_estimate({best.beyond_baseline->estimate.mean, NAN, NAN}),
                 {fmt::format("MRR, {} has {}", evaluation::kBaselineName,
                              number_text(result->baseline()->metric("mrr").mean, 3)),
                  interval_line(best.beyond_baseline->estimate, Unit::kDifference, "queries"),
                  interval_line(best.beyond_baseline->by_song, Unit::kDifference, "songs")});
  // Among ten candidates the first ten are all.
  const bool few = result->record->candidates <= 10;
  const retrieval::Estimate top = best.metric(few ? "top1" : "top10");
  return std::isfinite(top.mean)
             ? html + tile(few ? "right at once" : "among the first ten",
                           value_text(top.mean, Unit::kPercent),
                           {fmt::format("of {} queries, {} candidates", result->record->queries,
                                        result->record->candidates),
                            interval_line(top, Unit::kPercent, "queries")})
             : html;
}

std::string mining_tile(const RunRecord& run) {
  const ReportedRound* round = last_with_summary(run);
  if (round == nullptr) return "";
  const auto& yield = round->mining->yield;
  const double precision = precision_of(*round->mining);
  return tile("relevant pairs", std::to_string(yield.relevant),
              {fmt::format("mined by {}", model_name(run.miner_of(round->number))),
               fmt::format("{} h of covers, {} songs", number_text(yield.relevant_hours, 2), yield.songs),
               std::isfinite(precision) ? value_text(precision, Unit::kPercent) + " right" : ""});
}

std::string time_tile(const RunRecord& run) {
  const double total_s = total_seconds(stage_times(run));
  if (!(total_s > 0)) return "";
  std::string stages;
  for (const experiments::StageTraits& stage : experiments::all_stages()) {
    double seconds = 0;
    for (const ReportedRound& round : run.rounds)
      if (const auto found = round.seconds.find(std::string(stage.name)); found != round.seconds.end())
        seconds += found->second;
    if (seconds > 0)
      stages += fmt::format("{}{} {}", stages.empty() ? "" : ", ", stage.name, format_duration(seconds));
  }
  return tile("time", format_duration(total_s), {stages});
}

/// What each further set comes to, a line each.
std::string further_sets(const RunRecord& run) {
  std::string html;
  for (size_t i = 1; i < run.sets.size(); ++i) {
    const auto result = result_of(run, run.sets[i]);
    if (!result) continue;
    const Standing& best = result->best();
    const retrieval::Estimate mrr = best.metric("mrr");
    std::string text =
        fmt::format("{}: MRR {:.3f}{} by {}", result->set, mrr.mean, bracketed(mrr), best.name);
    if (best.beyond_baseline)
      text += fmt::format(", {} beyond the baseline", signed_estimate(best.beyond_baseline->estimate));
    html += fmt::format("<li>{}</li>", escape_html(text));
  }
  return html.empty() ? "" : "<ul class='sets'>" + html + "</ul>";
}

std::string troubles_html(const RunRecord& run) {
  if (run.rounds.empty()) return "";
  std::string html;
  for (const Trouble& trouble : troubles_of(run))
    html +=
        fmt::format("<li class='{}'>{}</li>", trouble.grave ? "grave" : "mild", escape_html(trouble.text));
  if (!html.empty()) return "<ul class='troubles'>" + html + "</ul>";
  return fmt::format("<p class='troubles'>Nothing was set aside, left out or rejected{}.</p>",
                     run.leaks ? "; nothing that is evaluated on was found among what is trained on" : "");
}

/// As a shell takes it for one word.
std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=,+:@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == text.npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// Where the encoder lies, and what to do with it.
std::string next_step(const RunRecord& run) {
  const ReportedRound* round = run.in_force();
  if (round == nullptr) return "";
  const std::string path =
      run.folder.empty() ? round->encoder : (run.folder / round->encoder).generic_string();
  return fmt::format(
      "<p class='next'>The encoder, {}, is <code>{}</code> in this folder. To search songs of yours by "
      "humming:"
      "</p><pre tabindex='0'>melomine index songs.library --add SONGS --checkpoint {}</pre>",
      model_name(round->number), escape_html(round->encoder), escape_html(shell_word(path)));
}

}  // namespace

std::string head_section(const RunRecord& run) {
  const std::string found = retrieval_result(run), mined = mining_result(run);
  std::string html = fmt::format("<header><h1>{}</h1>", escape_html(run.name));
  std::string sentence = found.empty() ? mined : mined.empty() ? found : found + "; " + mined;
  if (sentence.empty()) sentence = "Nothing has been evaluated yet";
  html += fmt::format("<p class='result'>{}.</p>", escape_html(sentence));
  std::string tiles = run.sets.empty() ? "" : retrieval_tiles(run, run.sets.front());
  tiles += mining_tile(run) + time_tile(run);
  if (!tiles.empty()) html += "<dl class='tiles'>" + tiles + "</dl>";
  html += further_sets(run) + troubles_html(run) + next_step(run);
  std::string meta = run.started_utc.empty() ? "" : "begun " + escape_html(run.started_utc);
  if (!run.command.empty())
    meta += fmt::format("{}<code>{}</code>", meta.empty() ? "" : " · ", escape_html(run.command));
  if (!meta.empty()) html += fmt::format("<p class='meta'>{}</p>", meta);
  return html;
}

}  // namespace melomine::report
