#include "trainer/metrics_log.h"

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/json_text.h"

namespace melomine::trainer {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool is_scalar(const nlohmann::ordered_json& record) {
  const auto holds = [&](const char* key, auto is_type) {
    const auto found = record.find(key);
    return found != record.end() && ((*found).*is_type)();
  };
  using Json = nlohmann::ordered_json;
  return record.is_object() && holds("step", &Json::is_number_integer) && holds("tag", &Json::is_string) &&
         holds("time", &Json::is_number) &&
         (holds("value", &Json::is_number) || holds("value", &Json::is_null));
}

/// The lines up to the step; what is no logged number, as a last line that a kill cut short, goes too.
std::string lines_until(const std::filesystem::path& path, int64_t step) {
  std::string kept;
  if (step < 0 || !std::filesystem::exists(path)) return kept;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    const auto record = json_if_valid(line);
    if (record && is_scalar(*record) && record->at("step").get<int64_t>() <= step) kept += line + "\n";
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& jsonl, const std::filesystem::path& tensorboard_folder,
                       int64_t resume_step)
    : tensorboard_(tensorboard_folder / "events.out.tfevents.0.melomine") {
  const std::string kept = lines_until(jsonl, resume_step);
  write_file_atomically(jsonl, kept);
  std::istringstream lines(kept);
  for (std::string line; std::getline(lines, line);) {
    const auto record = parse_json(line);
    if (record.at("value").is_number())
      tensorboard_.scalar(record.at("tag").get<std::string>(), record.at("step"), record.at("time"),
                          record.at("value"));
  }
  jsonl_.open(jsonl, std::ios::app);
  if (!jsonl_) throw DataError(jsonl.string(), "", "cannot write");
}

void MetricsLog::on_scalar(std::string_view tag, int64_t step, double value) {
  const double time_s = now_s();
  nlohmann::ordered_json record = {{"step", step}, {"tag", tag}, {"value", nullptr}, {"time", time_s}};
  if (std::isfinite(value)) record["value"] = value;
  jsonl_ << json_text(record) << '\n' << std::flush;
  if (!jsonl_) throw Error("cannot write metrics.jsonl: is the disk full?");
  tensorboard_.scalar(tag, step, time_s, value);
  tensorboard_.flush();
}

}  // namespace melomine::trainer
