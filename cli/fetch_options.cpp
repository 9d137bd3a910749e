#include "cli/fetch_options.h"

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "layouts/checklist.h"

namespace melomine::cli {

void add_fetch_options(po::options_description& options, regeneration::FetchOptions& f) {
  options.add_options()("fetch", po::value<std::string>()->value_name("COMMAND"),
                        "program that downloads a recording, run without a shell; {url}, {id}, {folder}")(
      "fetch-per-hour", po::value(&f.per_hour)->default_value(f.per_hour), "downloads an hour; 0 = no limit")(
      "fetch-attempts", po::value(&f.attempts)->default_value(f.attempts),
      "of a recording that fails for now")(
      "fetch-timeout", po::value(&f.timeout_s)->default_value(f.timeout_s), "seconds of one download")(
      "fetch-back-off", po::value(&f.back_off_s)->default_value(f.back_off_s),
      "seconds to wait when the site asks for fewer requests, doubled each time in a row")(
      "retry", po::bool_switch(), "try recordings that failed for now as often as new ones");
}

std::optional<regeneration::FetchSummary> fetch_if_asked(
    const po::variables_map& values, regeneration::FetchOptions f,
    const std::vector<regeneration::WantedSource>& wanted, const std::filesystem::path& into,
    const std::filesystem::path& state, RunObserver& observer) {
  if (values.count("fetch") == 0) return std::nullopt;
  if (into.empty()) throw ConfigError("--fetch needs --audio, the folder that recordings are kept in");
  f.command = regeneration::words_of(values["fetch"].as<std::string>());
  f.into = into;
  f.state = state;
  f.retry = values["retry"].as<bool>();
  make_folder(state.parent_path());
  return regeneration::fetch(wanted, f, observer);
}

void print_fetch(const regeneration::FetchSummary& s, const std::filesystem::path& state) {
  using layouts::with_thousands;
  fmt::print("fetched    {} now; {} of {} recordings are there, {} are gone for good, {} not yet ({})\n",
             with_thousands(s.fetched_now), with_thousands(s.done), with_thousands(s.wanted),
             with_thousands(s.permanent), with_thousands(s.temporary), state.string());
  for (const auto& [reason, count] : s.reasons)
    fmt::print("           {} {}\n", with_thousands(count), reason);
  if (!s.stopped.empty())
    fmt::print("stopped    {}\n           the same command goes on, later\n", s.stopped);
}

}  // namespace melomine::cli
