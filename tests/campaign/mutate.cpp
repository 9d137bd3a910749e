// Reads mutants of every kind of file that the program reads (scripts/campaign mutate).
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "core/text.h"
#include "tests/campaign/runner.h"

// What a sanitizer that is built in does: a block that no input of some kilobytes can need is an error, and
// every report ends the process.
extern "C" const char* __asan_default_options() {
  return "exitcode=97:max_allocation_size_mb=512:allocator_may_return_null=1:hard_rss_limit_mb=3072:"
         "quarantine_size_mb=16:detect_stack_use_after_return=1:strict_string_checks=1:handle_abort=1:detect_"
         "leaks=1";
}
extern "C" const char* __ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1";
}

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;
void print_row(const std::string& family, const std::string& name, const Counts& counts) {
  std::printf("%-12s %-22s", family.c_str(), name.c_str());
  for (const int64_t count : counts) std::printf(" %11lld", static_cast<long long>(count));
  std::printf("\n");
}

/// @returns the number of findings
int64_t print_table(const Campaign& campaign, const std::vector<Target>& targets) {
  std::printf("%-12s %-22s", "format", "reader");
  for (const char* name : kOutcomeNames) std::printf(" %11s", name);
  std::printf("\n");
  Counts all{};
  for (const Target& target : targets) {
    const Counts counts = counts_of(campaign, target);
    for (size_t i = 0; i < kOutcomes; ++i) all[i] += counts[i];
    print_row(target.family, target.name, counts);
  }
  print_row("all", "", all);
  int64_t findings = 0;
  for (size_t i = static_cast<size_t>(Outcome::kUnnamed); i < kOutcomes; ++i) findings += all[i];
  return findings;
}

int main_of(int argc, char** argv) {
  Campaign campaign;
  int64_t mutants = 0, jobs = 1;
  std::string only;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view key = argv[i], value = argv[i + 1];
    if (key == "--out") campaign.folder = value;
    if (key == "--mutants") mutants = parse<int64_t>(value).value_or(0);
    if (key == "--seed") campaign.seed = parse<uint64_t>(value).value_or(1);
    if (key == "--jobs") jobs = parse<int64_t>(value).value_or(1);
    if (key == "--memory-mib") campaign.memory_mib = parse<int64_t>(value).value_or(0);
    if (key == "--only") only = value;
  }
  if (campaign.folder.empty() || mutants <= 0) {
    std::fprintf(stderr,
                 "usage: melomine_mutate --out FOLDER --mutants N [--seed S] [--jobs J] [--only READER]\n");
    return 2;
  }
  std::vector<Target> targets = all_targets();
  if (!only.empty())
    std::erase_if(targets, [&](const Target& t) { return t.name != only && t.family != only; });
  const auto count = static_cast<int64_t>(targets.size());
  campaign.mutants = (mutants + count - 1) / count;
  campaign.folder = fs::absolute(campaign.folder);
  run(campaign, targets, static_cast<size_t>(std::max<int64_t>(1, jobs)));
  const int64_t findings = print_table(campaign, targets);
  if (findings > 0)
    std::printf("%lld findings, kept in %s/*/findings\n", static_cast<long long>(findings),
                campaign.folder.c_str());
  return findings > 0 ? 1 : 0;
}

}  // namespace

std::vector<Target> all_targets() {
  std::vector<Target> all;
  for (const auto& list : {audio_targets(), array_targets(), hdf5_targets(), table_targets(),
                           record_targets(), layout_targets()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace melomine::campaign

int main(int argc, char** argv) {
  try {
    return melomine::campaign::main_of(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mutate: %s\n", e.what());
    return 3;
  }
}
