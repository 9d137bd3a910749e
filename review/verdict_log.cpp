#include "review/verdict_log.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/line_log.h"
#include "core/text.h"

namespace melomine::review {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json interval_json(const TimeInterval& interval) {
  return Json::array({interval.start_s, interval.end_s});
}

std::optional<TimeInterval> interval_of(const Json& json) {
  if (!json.is_array() || json.size() != 2 || !json[0].is_number() || !json[1].is_number()) return {};
  const TimeInterval interval{json[0].get<double>(), json[1].get<double>()};
  if (!std::isfinite(interval.end_s) || !(interval.start_s < interval.end_s)) return {};
  return interval;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Judgement> judgement_of(std::string_view line) {
  const auto json = json_if_valid(line);
  if (!json || !json->is_object() || !json->contains("original") || !json->contains("place")) return {};
  const auto original = interval_of(json->at("original")), place = interval_of(json->at("place"));
  if (!original || !place) return {};
  Judgement judgement{.pair = {.original_id = text_of(*json, "original_id"),
                               .original = *original,
                               .recording_id = text_of(*json, "recording_id"),
                               .place = *place},
                      .reviewer = text_of(*json, "reviewer"),
                      .time_utc = text_of(*json, "time_utc"),
                      .group_id = text_of(*json, "group_id")};
  if (judgement.pair.original_id.empty() || judgement.pair.recording_id.empty() || judgement.reviewer.empty())
    return {};
  try {
    judgement.answer = parse_answer(text_of(*json, "answer"));
  } catch (const DataError&) {
    return {};
  }
  return judgement;
}

}  // namespace

std::string to_string(Answer answer) {
  switch (answer) {
    case Answer::kSame:
      return "same";
    case Answer::kDifferent:
      return "different";
    case Answer::kSkip:
      return "skip";
    case Answer::kWithdrawn:
      return "withdrawn";
  }
  return "skip";
}

Answer parse_answer(std::string_view word) {
  for (const Answer answer : {Answer::kSame, Answer::kDifferent, Answer::kSkip, Answer::kWithdrawn})
    if (word == to_string(answer)) return answer;
  throw DataError(fmt::format("unknown answer '{}'; known: same, different, skip, withdrawn", word));
}

std::string checked_reviewer(std::string_view name) {
  const std::string_view text = trimmed(name);
  if (text.empty()) throw DataError("a reviewer needs a name");
  if (text.size() > kLongestReviewer)
    throw DataError(fmt::format("a reviewer's name has at most {} bytes", kLongestReviewer));
  if (find_invalid_utf8(text) != std::string::npos) throw DataError("a reviewer's name must be UTF-8");
  return std::string(text);
}

std::string judgement_line(const Judgement& judgement) {
  return json_text(Json{{"original_id", judgement.pair.original_id},
                        {"original", interval_json(judgement.pair.original)},
                        {"recording_id", judgement.pair.recording_id},
                        {"place", interval_json(judgement.pair.place)},
                        {"reviewer", judgement.reviewer},
                        {"answer", to_string(judgement.answer)},
                        {"time_utc", judgement.time_utc},
                        {"group_id", judgement.group_id}}) +
         "\n";
}

VerdictLog parse_verdicts(std::string_view text) {
  VerdictLog log;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trimmed(line).empty()) continue;
    if (auto judgement = judgement_of(line))
      log.judgements.push_back(std::move(*judgement));
    else
      ++log.damaged;
  }
  return log;
}

VerdictLog read_verdicts(const fs::path& path) {
  if (!fs::exists(path)) return {};
  return parse_verdicts(read_file(path));
}

void append_verdict(const fs::path& path, const Judgement& judgement) {
  LineLog log(path, LineLog::Torn::kEnded);
  log.append(judgement_line(judgement));
  log.sync();
}

}  // namespace melomine::review
