#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "cli/command.h"
#include "core/progress.h"
#include "regeneration/fetch.h"

namespace melomine::cli {

/// --fetch and what goes with it. @param fetch  takes the numbers
void add_fetch_options(po::options_description& options, regeneration::FetchOptions& fetch);

/// Downloads what is wanted where --fetch was given, else nothing.
/// @param into   folder of recordings; @param state  table of what was tried
/// @throws ConfigError where `into` is empty
std::optional<regeneration::FetchSummary> fetch_if_asked(
    const po::variables_map& values, regeneration::FetchOptions fetch,
    const std::vector<regeneration::WantedSource>& wanted, const std::filesystem::path& into,
    const std::filesystem::path& state, RunObserver& observer);

void print_fetch(const regeneration::FetchSummary& summary, const std::filesystem::path& state);

}  // namespace melomine::cli
