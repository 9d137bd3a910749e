#include "report/verdicts.h"

#include <fmt/format.h>

#include "report/html.h"
#include "report/sections.h"

namespace melomine::report {

std::optional<VerdictFigures> verdict_figures(const RunRecord& run) {
  const auto& judgements = run.verdicts.judgements;
  if (judgements.empty()) return std::nullopt;
  VerdictFigures figures;
  for (const review::Judgement& judgement : judgements)
    if (judgement.answer != review::Answer::kWithdrawn) ++figures.answers_of[judgement.reviewer];
  const review::Consensus consensus(judgements);
  figures.pairs = consensus.size();
  figures.agreement = consensus.agreement();
  for (const ReportedRound& round : run.rounds) {
    auto rows = round.mined;
    const review::AppliedVerdicts applied = review::apply_verdicts(rows, consensus);
    if (applied.accepted + applied.rejected + applied.tied > 0) figures.applied[round.number] = applied;
  }
  return figures;
}

std::string review_section(const RunRecord& run) {
  const auto figures = verdict_figures(run);
  if (!figures) return "";
  std::string reviewers;
  for (const auto& [name, answers] : figures->answers_of)
    reviewers += fmt::format("{}{} {}", reviewers.empty() ? "" : ", ", escape_html(name), answers);
  std::string note = fmt::format("People judged {} mined pairs; answers of {}.", figures->pairs,
                                 reviewers.empty() ? "nobody" : reviewers);
  if (const review::Agreement& agreement = figures->agreement; agreement.pairs > 0)
    note += fmt::format(" Of {} pairs that several could tell {} are unanimous; Krippendorff's α is {}.",
                        agreement.pairs, agreement.unanimous, number_text(agreement.alpha, 2));
  Table table{"What their majority makes of each mined set",
              "<tr><th scope='col'>mined</th><th scope='col'>accepted</th><th scope='col'>rejected</th><th "
              "scope='col'>tied</th></tr>",
              {}};
  for (const auto& [round, applied] : figures->applied)
    table.rows.push_back(fmt::format("<th scope='row'>by {}</th><td>{}</td><td>{}</td><td>{}</td>",
                                     model_name(run.miner_of(round)), applied.accepted, applied.rejected,
                                     applied.tied));
  return "<section id='review'><h2>Review</h2><p class='note'>" + note +
         " A training uses the verdicts that were there when it began.</p>" +
         (table.rows.empty() ? "" : table_html(table)) + "</section>\n";
}

}  // namespace melomine::report
