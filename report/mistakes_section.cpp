#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/error.h"
#include "report/audio_clips.h"
#include "report/html.h"
#include "report/mistakes.h"
#include "report/result.h"
#include "report/sections.h"

namespace melomine::report {
namespace {

using evaluation::ItemRole;
using evaluation::QueryRecord;

std::string score_text(double score) {
  return std::isfinite(score) ? ", score " + number_text(score, 3) : "";
}

/// A clip that the page holds, or why it cannot.
std::string heard(const SetAudio* audio, ItemRole role, const std::string& id, double start_s,
                  double duration_s) {
  if (audio == nullptr) return "";
  try {
    return audio_element(fmt::format("{}, from {:.1f} s", id, start_s),
                         audio->clip(role, id, start_s, duration_s));
  } catch (const Error& e) {
    return fmt::format("<p class='note'>{}</p>", escape_html(e.what()));
  }
}

std::string line(const char* what, const std::string& id, const std::string& told) {
  return fmt::format("<p><strong>{}</strong> {}{}</p>", what, escape_html(id), escape_html(told));
}

/// What of the query is heard, and so of the others, s.
double length_of(const SetAudio* audio, const QueryRecord& query) {
  if (audio == nullptr) return kLongestClip_s;
  try {
    return std::min(kLongestClip_s, audio->duration_s(ItemRole::kQuery, query.query));
  } catch (const Error&) {
    return kLongestClip_s;  // its clip says why it cannot be heard
  }
}

/// The query, what came first, and the right one, each where the system places the query in it.
std::string article(const Mistake& mistake, size_t set, const SetAudio* audio) {
  const QueryRecord& query = *mistake.query;
  const double length_s = length_of(audio, query);
  const auto from = [](double start_s) { return std::isfinite(start_s) ? std::max(0.0, start_s) : 0.0; };
  const std::string margin =
      std::isfinite(mistake.margin) ? number_text(mistake.margin, 3) : "nothing right found";
  std::string html = fmt::format("<article id='{}'><h3>{} <small>{}, margin {}</small></h3>",
                                 mistake_anchor(set, query.query), escape_html(query.song),
                                 mistake.is_narrow ? "beaten narrowly" : "beaten widely", margin);
  html += "<div class='clip'>" + line("query", query.query, "") +
          heard(audio, ItemRole::kQuery, query.query, 0, length_s) + "</div>";
  html += "<div class='clip'>" + line("came first", query.top1, score_text(query.top1_score)) +
          heard(audio, ItemRole::kReference, query.top1, from(query.top1_start_s), length_s) + "</div>";
  const std::string target = !query.best_target.empty() ? query.best_target
                             : query.targets.empty()    ? ""
                                                        : query.targets.front();
  html += "<div class='clip'>" +
          line("right", target, fmt::format(", rank {}{}", query.rank, score_text(query.score))) +
          heard(audio, ItemRole::kReference, target, from(query.start_s), length_s) + "</div>";
  return html + "</article>";
}

std::string of_set(const RunRecord& run, const SetMistakes& told, const ReportInputs& inputs) {
  const std::string& set = told.result.set;
  const evaluation::SystemRecord& system = *told.result.best().system;
  std::string html = fmt::format(
      "<h3>{} <small>{} of {} queries had something wrong first, by {}</small></h3>", escape_html(set),
      count_mistakes(system), system.queries.size(), escape_html(told.result.best().name));
  if (told.mistakes.empty()) return html;
  std::unique_ptr<SetAudio> audio;
  try {
    audio = std::make_unique<SetAudio>(run, set, inputs);
  } catch (const Error& e) {
    html += fmt::format("<p class='note'>Without audio: {}.</p>", escape_html(e.what()));
  }
  html += "<div class='groups'>";
  for (const Mistake& mistake : told.mistakes) html += article(mistake, told.set, audio.get());
  return html + "</div>";
}

}  // namespace

std::string mistakes_section(const RunRecord& run, const std::vector<SetMistakes>& mistakes,
                             const ReportInputs& inputs) {
  std::string html;
  for (const SetMistakes& set : mistakes) html += of_set(run, set, inputs);
  if (html.empty()) return "";
  return "<section id='mistakes'><h2>Mistakes</h2><p class='note'>Queries that had something wrong first: in "
         "turn "
         "the one that was beaten most narrowly, by the score of what came first less that of the best right "
         "one, "
         "and the one that was beaten most widely. What was found and what is right are heard from where the "
         "system places the query; a system that leaves rests out places it too early by the rests "
         "before.</p>" +
         html + "</section>\n";
}

}  // namespace melomine::report
