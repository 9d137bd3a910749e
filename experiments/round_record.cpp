#include "experiments/round_record.h"

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/json_file.h"

namespace melomine::experiments {

using Json = nlohmann::ordered_json;

void to_json(Json& json, const RoundRecord& record) {
  json = {{"round", record.round},
          {"accepted", record.accepted},
          {"reason", record.reason},
          {"stop_reason", record.stop_reason},
          {"validation_mrr", record.validation_mrr ? Json(*record.validation_mrr) : Json()},
          {"songs_mined", record.songs_mined},
          {"relevant", record.relevant},
          {"seconds", record.seconds}};
}

void from_json(const Json& json, RoundRecord& record) {
  record.round = static_cast<int>(json.at("round").get<int64_t>());
  json.at("accepted").get_to(record.accepted);
  json.at("reason").get_to(record.reason);
  json.at("stop_reason").get_to(record.stop_reason);
  if (const Json& mrr = json.at("validation_mrr"); !mrr.is_null()) record.validation_mrr = mrr.get<double>();
  json.at("songs_mined").get_to(record.songs_mined);
  json.at("relevant").get_to(record.relevant);
  json.at("seconds").get_to(record.seconds);
}

std::optional<RoundRecord> read_round(const RunLayout& layout, int round) {
  const auto file = layout.round_record(round);
  if (!std::filesystem::exists(file)) return std::nullopt;
  return read_json_file<RoundRecord>(file, "remove it, `melomine run` makes it again");
}

void write_round(const RunLayout& layout, const RoundRecord& record) {
  write_file_atomically(layout.round_record(record.round), json_text(Json(record), 2) + "\n");
}

}  // namespace melomine::experiments
