#include "dsp/decode_repairs.h"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace melomine::dsp {

std::string DecodeRepairs::text() const {
  std::vector<std::string> parts;
  if (gaps > 0)
    parts.push_back(fmt::format("{} gap{} of {:.2f} s in all filled with silence, the first at {:.2f} s",
                                gaps, gaps == 1 ? "" : "s", gap_s, first_gap_s));
  if (restarts > 0)
    parts.push_back(fmt::format("time stamps go back {} time{}", restarts, restarts == 1 ? "" : "s"));
  if (skipped_places > 0)
    parts.push_back(fmt::format("bytes without audio skipped in {} place{}", skipped_places,
                                skipped_places == 1 ? "" : "s"));
  if (lacks_last_page) parts.push_back("ends without its last page");
  if (undeclared_s > 0)
    parts.push_back(
        fmt::format("{:.2f} s more than its header declares, as of recordings put end to end", undeclared_s));
  if (short_gap_s > 0) parts.push_back(fmt::format("{:.2f} s lost in short gaps", short_gap_s));
  if (only_channel > 0)
    parts.push_back(
        fmt::format("channel {} alone taken, as the channels cancel each other out", only_channel));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace melomine::dsp
