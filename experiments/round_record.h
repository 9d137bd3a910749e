#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "experiments/run_layout.h"

namespace melomine::experiments {

/// round_NN/round.json: what the loop made of a round.
struct RoundRecord {
  int round = 0;
  bool accepted = true;
  std::string reason;                    ///< why it was not accepted
  std::string stop_reason;               ///< why the loop ended after it; empty when it went on
  std::optional<double> validation_mrr;  ///< of the round's encoder
  int64_t songs_mined = 0, relevant = 0;
  std::map<std::string, double> seconds;  ///< by stage; of the call that finished it
};

void to_json(nlohmann::ordered_json& json, const RoundRecord& record);
void from_json(const nlohmann::ordered_json& json, RoundRecord& record);

/// None where there is no such file. @throws DataError where it is damaged
std::optional<RoundRecord> read_round(const RunLayout& layout, int round);
void write_round(const RunLayout& layout, const RoundRecord& record);

}  // namespace melomine::experiments
