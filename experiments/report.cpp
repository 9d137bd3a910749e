#include "experiments/report.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/atomic_file.h"
#include "experiments/html.h"
#include "trainer/evaluation_report.h"

namespace melomine::experiments {
namespace {

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5d6675;--line:#d9dde4;--paper:#fff;--card:#f6f7f9;--a:#1769aa;--b:#c2410c;--c:#15803d;--d:#7c3aed}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#9aa4b5;--line:#343b48;--paper:#14181f;--card:#1c222c;--a:#6cb6ff;--b:#ff9d66;--c:#6ee7a0;--d:#c4a5ff}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:1120px;margin:auto;padding:24px 16px}h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
p.note,small{color:var(--soft)}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.45rem .7rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th:first-child,td:first-child{text-align:left}
th{font-weight:600;color:var(--soft)}td small{display:block;font-size:.75rem}tr.difference td{color:var(--soft)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px}svg{width:100%;height:auto;background:var(--card);border-radius:8px}
text{font:12px system-ui,sans-serif;fill:var(--soft)}text.title{font-weight:600;font-size:13px;fill:var(--ink)}.grid{stroke:var(--line)}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}.c0{stroke:var(--a)}.c1{stroke:var(--b)}.c2{stroke:var(--c)}.c3{stroke:var(--d)}
.l0{fill:var(--a)}.l1{fill:var(--b)}.l2{fill:var(--c)}.l3{fill:var(--d)}
pre{background:var(--card);border-radius:8px;padding:12px;overflow-x:auto;font-size:.85rem}summary{cursor:pointer;font-weight:600;margin-top:1.5rem}
)";

std::string cell(const retrieval::Estimate& e) {
  return fmt::format("<td>{:.3f}<small>{:.2f} to {:.2f}</small></td>", e.mean, e.low, e.high);
}

std::string evaluation_table(const trainer::EvaluationReport& report) {
  std::string html = fmt::format(
      "<h2>{}</h2><p class='note'>{} queries, {} candidates{}</p><div class='scroll'><table><tr><th></th>",
      escape_html(report.name), report.queries.size(), report.candidates.size(),
      report.each_other ? ", matched with each other" : "");
  if (report.systems.empty()) return html + "</tr></table></div>";
  for (const auto& metric : report.systems.front().metrics)
    html += fmt::format("<th>{}</th>", escape_html(trainer::metric_title(metric.name)));
  html += "</tr>";
  for (const auto& system : report.systems) {
    html += fmt::format("<tr><td>{}</td>", escape_html(system.name));
    for (const auto& metric : system.metrics) html += cell(metric.estimate);
    html += "</tr>";
  }
  if (!report.difference.empty()) {
    html += "<tr class='difference'><td>model minus no learning</td>";
    for (const auto& metric : report.difference) html += cell(metric.estimate);
    html += "</tr>";
  }
  return html + "</table></div>";
}

std::map<std::string, Curve> read_curves(const std::filesystem::path& metrics) {
  std::map<std::string, Curve> curves;
  if (!std::filesystem::exists(metrics)) return curves;
  std::istringstream lines(read_file(metrics));
  for (std::string line; std::getline(lines, line);) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    if (!record.is_object() || !record.at("value").is_number()) continue;
    Curve& curve = curves[record.at("tag")];
    curve.name = record.at("tag");
    curve.x.push_back(record.at("step"));
    curve.y.push_back(record.at("value"));
  }
  return curves;
}

std::string charts(const std::filesystem::path& run) {
  const auto curves = read_curves(run / "round_00" / "train" / "metrics.jsonl");
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"train/loss", "training loss"},
      {"validation/mrr", "MRR of the validation songs"},
      {"train/learning_rate", "learning rate"},
      {"train/gradient_norm", "gradient norm"}};
  std::string html;
  for (const auto& [tag, title] : wanted)
    if (const auto found = curves.find(tag); found != curves.end())
      html += line_chart(title, "step", {found->second});
  return html.empty() ? "" : "<h2>Training of M<sub>0</sub></h2><div class='charts'>" + html + "</div>";
}

std::string folded_file(const std::string& title, const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return "";
  return fmt::format("<details><summary>{}</summary><pre>{}</pre></details>", title,
                     escape_html(read_file(path)));
}

}  // namespace

std::filesystem::path write_run_report(const std::filesystem::path& run,
                                       const std::vector<trainer::EvaluationReport>& evaluations) {
  const std::string name = escape_html(run.filename().string());
  std::string html = fmt::format(
      "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
      "content='width=device-width,"
      "initial-scale=1'><title>{} - melomine</title><style>{}</style></head><body><main><h1>{}</h1>",
      name, kStyle, name);
  html +=
      "<p class='note'>Each figure is a mean over the queries; below it the bootstrap 95 % interval. "
      "<em>no learning</em> matches pitch contours.</p>";
  for (const auto& report : evaluations) html += evaluation_table(report);
  html += charts(run);
  html += folded_file("Configuration", run / "experiment.yaml");
  html += folded_file("Provenance", run / "provenance.json");
  html += "</main></body></html>\n";
  const auto path = run / "report.html";
  write_file_atomically(path, html);
  return path;
}

}  // namespace melomine::experiments
