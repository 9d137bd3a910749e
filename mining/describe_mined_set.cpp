#include "mining/describe_mined_set.h"

#include <algorithm>

#include "mining/mined_set.h"
#include "mining/mining_summary.h"
#include "storage/hdf5.h"

namespace melomine::mining {
namespace {

constexpr size_t kFirstRows = 8;

Description row_as_json(const datasets::FragmentRow& row) {
  Description json = {{"group_id", row.group_id},         {"audio_type", to_string(row.audio_type)},
                      {"recording_id", row.recording_id}, {"start_s", row.interval.start_s},
                      {"end_s", row.interval.end_s},      {"correlation", row.correlation},
                      {"verdict", to_string(row.verdict)}};
  if (row.margin == kUnsettled)
    json["margin"] = "unsettled";
  else if (row.margin && *row.margin != kNoRival)
    json["margin"] = *row.margin;
  return json;
}

/// Reading it verifies all its checksums, asked for or not.
Description inspect_mined_set(const std::filesystem::path& path, const DescribeOptions& options) {
  const MinedSet set = read_mined_set(path);
  Description yield = yield_of(set);
  yield.erase("histogram");  // too many numbers to read
  Description rows = Description::array(), set_aside = Description::array();
  for (size_t r = 0; r < (options.rows ? set.rows.size() : std::min(kFirstRows, set.rows.size())); ++r)
    rows.push_back(row_as_json(set.rows[r]));
  for (const SetAside& recording : set.set_aside)
    set_aside.push_back({{"recording_id", recording.recording_id}, {"reason", recording.reason}});
  Description result = {{"what", "mined set"},
                        {"provenance",
                         {{"tool_version", storage::hdf5::File::open(path).text_attribute("tool_version")},
                          {"round", set.provenance.round},
                          {"model_sha256", set.provenance.model_sha256},
                          {"config_sha256", set.provenance.config_sha256},
                          {"inputs", mined_set_inputs(path)}}},
                        {"yield", yield},
                        {"candidates", set.candidates.size()},
                        {"set_aside", set_aside},
                        {"rows", set.rows.size()},
                        {options.rows ? "rows_list" : "first_rows", rows}};
  if (options.check) result["damage"] = Description::array();
  return result;
}

}  // namespace

Describer describe_mined_set() {
  return {is_mined_set, inspect_mined_set};
}

}  // namespace melomine::mining
