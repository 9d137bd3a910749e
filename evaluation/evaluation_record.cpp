#include "evaluation/evaluation_record.h"

#include <algorithm>
#include <limits>

#include "configs/config.h"
#include "core/json_text.h"

namespace melomine::evaluation {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kAgainstReferences = "queries against references";
constexpr const char* kAgainstEachOther = "queries against each other";
/// Older versions called the baseline so.
constexpr const char* kOldBaselineName = "no learning";
constexpr const char* kQueryRole = "query";
constexpr const char* kReferenceRole = "reference";

std::vector<std::string> target_ids(const EvaluationReport& report, size_t query) {
  std::vector<std::string> ids;
  for (const int64_t target : report.targets[query])
    ids.push_back(report.candidates[static_cast<size_t>(target)]);
  return ids;
}

QueryRecord query_record(const EvaluationReport& report, const SystemResult& system, size_t query) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  QueryRecord record{.query = report.queries[query],
                     .song = report.songs[query],
                     .targets = target_ids(report, query),
                     .rank = system.ranked[query].first_rank,
                     .average_precision = system.ranked[query].average_precision,
                     .score = system.target_scores[query],
                     .best_target = "",
                     .start_s = system.target_starts_s[query],
                     .top1 = "",
                     .top1_score = kNone,
                     .top1_start_s = kNone};
  if (const int64_t target = system.best_targets[query]; target >= 0)
    record.best_target = report.candidates[static_cast<size_t>(target)];
  if (system.best[query].empty()) return record;
  const retrieval::Hit& hit = system.best[query].front();
  record.top1 = report.candidates[static_cast<size_t>(hit.reference)];
  record.top1_score = hit.score;
  record.top1_start_s = hit.start_s;
  return record;
}

Json json_of(const std::vector<MetricEstimate>& metrics) {
  Json all;
  for (const auto& [name, e, by_song] : metrics)
    all[name] = {{"mean", e.mean},
                 {"low", e.low},
                 {"high", e.high},
                 {"by_song", {{"low", by_song.low}, {"high", by_song.high}}}};
  return all;
}

std::vector<MetricEstimate> metrics_of(const Json& json) {
  std::vector<MetricEstimate> metrics;
  for (const auto& [name, e] : json.items()) {
    const double mean = number_or_nan(e.at("mean"));
    MetricEstimate metric{name, {mean, number_or_nan(e.at("low")), number_or_nan(e.at("high"))}, {}};
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    metric.by_song = {mean, kNone, kNone};  // reports before had none
    if (e.contains("by_song"))
      metric.by_song = {mean, number_or_nan(e["by_song"].at("low")), number_or_nan(e["by_song"].at("high"))};
    metrics.push_back(metric);
  }
  return metrics;
}

Json json_of(const SystemDifference& difference) {
  return {{"of", difference.of}, {"minus", difference.minus}, {"metrics", json_of(difference.metrics)}};
}

Json json_of(const QueryRecord& query) {
  return {{"query", query.query},
          {"song", query.song},
          {"targets", query.targets},
          {"rank", query.rank},
          {"average_precision", query.average_precision},
          {"score", query.score},
          {"best_target", query.best_target},
          {"start_s", query.start_s},
          {"top1", query.top1},
          {"top1_score", query.top1_score},
          {"top1_start_s", query.top1_start_s}};
}

/// What older reports lack is empty.
QueryRecord query_of(const Json& json) {
  const auto number = [&](const char* key) {
    return json.contains(key) ? number_or_nan(json.at(key)) : std::numeric_limits<double>::quiet_NaN();
  };
  return {.query = json.at("query"),
          .song = json.value("song", ""),
          .targets = json.value("targets", std::vector<std::string>{}),
          .rank = json.at("rank"),
          .average_precision = number("average_precision"),
          .score = number("score"),
          .best_target = json.value("best_target", ""),
          .start_s = number("start_s"),
          .top1 = json.value("top1", ""),
          .top1_score = number("top1_score"),
          .top1_start_s = number("top1_start_s")};
}

Json json_of(const SystemRecord& system) {
  Json json{{"name", system.name}, {"wall_s", system.wall_s}, {"metrics", json_of(system.metrics)}};
  for (const QueryRecord& query : system.queries) json["queries"].push_back(json_of(query));
  return json;
}

SystemRecord system_of(const Json& json) {
  SystemRecord system{json.at("name"), json.value("wall_s", 0.0), metrics_of(json.at("metrics")), {}};
  if (system.name == kOldBaselineName) system.name = kBaselineName;
  for (const Json& query : json.at("queries")) system.queries.push_back(query_of(query));
  return system;
}

/// Broken or repaired items. @param said  what is told of each, and under which key
template <class Item>
Json items_json(const std::vector<Item>& items, const char* key, std::string Item::*said) {
  Json all = Json::array();
  for (const Item& item : items)
    all.push_back({{"role", item.role == ItemRole::kQuery ? kQueryRole : kReferenceRole},
                   {"id", item.id},
                   {key, item.*said}});
  return all;
}

template <class Item>
std::vector<Item> items_of(const Json& json, const char* key, std::string Item::*said) {
  std::vector<Item> items;
  for (const Json& one : json) {
    Item& item = items.emplace_back();
    item.role = one.at("role") == kQueryRole ? ItemRole::kQuery : ItemRole::kReference;
    item.id = one.at("id");
    item.*said = one.at(key);
  }
  return items;
}

Json json_of(const layouts::Checklist& checklist) {
  Json json{
      {"layout", checklist.layout}, {"root", checklist.root.string()},      {"text", checklist.text()},
      {"parts", Json::array()},     {"unread_rows", checklist.unread_rows}, {"unread", checklist.unread},
      {"notes", checklist.notes}};
  for (const layouts::ChecklistPart& part : checklist.parts)
    json["parts"].push_back(
        {{"what", part.what}, {"expected", part.expected}, {"found", part.found}, {"missing", part.missing}});
  return json;
}

layouts::Checklist checklist_of(const Json& json) {
  layouts::Checklist checklist{.layout = json.at("layout"),
                               .root = json.at("root").get<std::string>(),
                               .unread_rows = json.at("unread_rows"),
                               .unread = json.at("unread"),
                               .notes = json.at("notes")};
  for (const Json& part : json.at("parts"))
    checklist.parts.push_back({.what = part.at("what"),
                               .expected = part.at("expected"),
                               .found = part.at("found"),
                               .missing = part.at("missing")});
  return checklist;
}

Json json_of(const SourceFile& file) {
  return {{"path", file.path}, {"sha256", file.sha256}};
}

/// What of the tables was read and what was not.
void add_tables(const EvaluationReport& report, Json& json) {
  const EvaluationSources& sources = report.sources;
  const auto queries = std::count_if(report.broken.begin(), report.broken.end(),
                                     [](const BrokenItem& item) { return item.role == ItemRole::kQuery; });
  json["queries"] = json_of(*sources.queries);
  if (sources.split) json["split"] = {{"share", sources.split->share}, {"seed", sources.split->seed}};
  json["references"] = Json::array();
  for (const SourceFile& file : sources.references) json["references"].push_back(json_of(file));
  for (const SourceFile& file : sources.lists) json["lists"].push_back(json_of(file));
  json["leave_out"] = sources.leave_out;
  json["broken_items"] = sources.broken == BrokenItems::kAreErrors ? "are errors" : "are left out";
  json["broken_queries"] = queries;
  json["broken_references"] = static_cast<int64_t>(report.broken.size()) - queries;
}

Json json_of_sources(const EvaluationReport& report) {
  const EvaluationSources& sources = report.sources;
  Json json = Json::object();
  if (sources.queries) add_tables(report, json);
  if (sources.corpus)
    json["corpus"] = {{"shards", json_of(sources.corpus->shards)},
                      {"rendition", sources.corpus->rendition},
                      {"seed", sources.corpus->seed},
                      {"held_out_songs", sources.corpus->songs}};
  if (sources.model) json["model"] = {{"sha256", sources.model->sha256}, {"step", sources.model->step}};
  for (const CheckpointSource& other : sources.checkpoints) {
    Json one = json_of(other.file);
    one["step"] = other.step;
    json["checkpoints"].push_back(one);
  }
  return json;
}

}  // namespace

const MetricEstimate* SystemRecord::metric(const std::string& metric_name) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const MetricEstimate& metric) { return metric.name == metric_name; });
  return found == metrics.end() ? nullptr : &*found;
}

const SystemRecord* EvaluationRecord::system(const std::string& system_name) const {
  for (const SystemRecord& own : systems)
    if (own.name == system_name) return &own;
  return nullptr;
}

const SystemRecord* EvaluationRecord::first_of(const std::string& type) const {
  if (settings.contains("systems"))
    for (const Json& made : settings["systems"])
      if (made.value("type", "") == type && !made.contains("checkpoint"))
        if (const SystemRecord* found = system(made.value("name", type)); found != nullptr) return found;
  const auto is_another = [&](const Json& made) {
    return made.value("name", made.value("type", "")) ==
           type;  // hears by a checkpoint, or is of another kind
  };
  if (settings.contains("systems") &&
      std::any_of(settings["systems"].begin(), settings["systems"].end(), is_another))
    return nullptr;
  return system(type);
}

std::vector<const SystemRecord*> EvaluationRecord::others() const {
  std::vector<const SystemRecord*> found;
  for (const SystemRecord& own : systems)
    if (&own != baseline() && &own != model()) found.push_back(&own);
  return found;
}

retrieval::BootstrapOptions EvaluationRecord::bootstrap() const {
  retrieval::BootstrapOptions options;
  options.resamples = settings.at("bootstrap_resamples");
  options.seed = settings.at("seed");
  return options;
}

EvaluationRecord record_of(const EvaluationReport& report) {
  EvaluationRecord record{.name = report.name,
                          .match_with = report.match_with,
                          .queries = static_cast<int64_t>(report.queries.size()),
                          .songs = report.song_count(),
                          .candidates = static_cast<int64_t>(report.candidates.size()),
                          .left_out = report.left_out,
                          .files_left_out = report.files_left_out,
                          .broken = report.broken,
                          .repaired = report.repaired,
                          .availability = report.availability,
                          .shown_metrics = report.shown_metrics,
                          .sources = json_of_sources(report),
                          .settings = parse_ordered_json(configs::to_json(report.config)),
                          .systems = {},
                          .difference = report.difference,
                          .differences = report.differences};
  for (const SystemResult& system : report.systems) {
    record.systems.push_back({system.name, system.wall_s, system.metrics, {}});
    for (size_t q = 0; q < report.queries.size(); ++q)
      record.systems.back().queries.push_back(query_record(report, system, q));
  }
  return record;
}

void to_json(Json& json, const EvaluationRecord& record) {
  json = {{"name", record.name},
          {"protocol",
           record.match_with == MatchQueriesWith::kEachOther ? kAgainstEachOther : kAgainstReferences},
          {"queries", record.queries},
          {"songs", record.songs},
          {"candidates", record.candidates},
          {"left_out", record.left_out},
          {"files_left_out", record.files_left_out},
          {"broken", items_json(record.broken, "reason", &BrokenItem::reason)},
          {"repaired", items_json(record.repaired, "text", &RepairedItem::text)},
          {"sources", record.sources},
          {"settings", record.settings},
          {"systems", Json::array()}};
  if (record.availability) json["availability"] = json_of(*record.availability);
  if (!record.shown_metrics.empty()) json["shown_metrics"] = record.shown_metrics;
  for (const SystemRecord& system : record.systems) json["systems"].push_back(json_of(system));
  if (!record.difference.empty()) json["difference"] = json_of(record.difference);
  for (const SystemDifference& one : record.differences) json["differences"].push_back(json_of(one));
}

void from_json(const Json& json, EvaluationRecord& record) {
  record.name = json.at("name");
  record.match_with =
      json.at("protocol") == kAgainstEachOther ? MatchQueriesWith::kEachOther : MatchQueriesWith::kReferences;
  record.queries = json.at("queries");
  record.songs = json.value("songs", int64_t{0});
  record.candidates = json.at("candidates");
  record.left_out = json.value("left_out", std::vector<std::string>{});
  record.files_left_out = json.value("files_left_out", std::vector<std::string>{});
  if (json.contains("broken")) record.broken = items_of(json.at("broken"), "reason", &BrokenItem::reason);
  if (json.contains("repaired")) record.repaired = items_of(json.at("repaired"), "text", &RepairedItem::text);
  if (json.contains("availability")) record.availability = checklist_of(json.at("availability"));
  record.shown_metrics = json.value("shown_metrics", std::vector<std::string>{});
  record.sources = json.value("sources", Json());
  record.settings = json.at("settings");
  static_cast<void>(record.bootstrap());
  for (const Json& system : json.at("systems")) record.systems.push_back(system_of(system));
  if (json.contains("difference")) record.difference = metrics_of(json.at("difference"));
  if (json.contains("differences"))
    for (const Json& one : json.at("differences"))
      record.differences.push_back({one.at("of"), one.at("minus"), metrics_of(one.at("metrics"))});
}

}  // namespace melomine::evaluation
