#include "core/progress_line.h"

#include <fmt/format.h>

#include "core/progress.h"

namespace melomine {

std::string progress_line(const StageProgress& p) {
  const double rate = p.elapsed_s > 0 ? static_cast<double>(p.done - p.done_before) / p.elapsed_s : 0;
  std::string line = fmt::format("{} {}", p.stage, p.done);
  if (p.total > 0) line += fmt::format("/{}", p.total);
  line += fmt::format(" {}, {:.3g}/s", p.unit, rate);
  if (p.total > p.done && rate > 0)
    line += fmt::format(", {} left", format_duration(static_cast<double>(p.total - p.done) / rate));
  return line;
}

}  // namespace melomine
