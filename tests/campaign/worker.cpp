#include "tests/campaign/worker.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "tests/campaign/mutation.h"
#include "tests/campaign/outcome.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

/// Words by which a message shows what no user knows.
bool shows_insides(const std::string& message) {
  for (const char* inside : {"json.exception", "std::", "vector::", "basic_string", "bad_alloc",
                             "c10::", "frame #", "what():", "filesystem error"})
    if (message.find(inside) != std::string::npos) return true;
  return message.empty();
}

/// @returns the outcome and what was said
std::pair<Outcome, std::string> outcome_of(const Target& target, const fs::path& folder,
                                           const fs::path& file) {
  try {
    target.read(folder, file);
    return {Outcome::kRight, ""};
  } catch (const Error& e) {
    return {shows_insides(e.what()) ? Outcome::kUnnamed : Outcome::kNamed, e.what()};
  } catch (const std::exception& e) {
    return {Outcome::kUnnamed, std::string("an exception that is no Error: ") + e.what()};
  } catch (...) {
    return {Outcome::kUnnamed, "something else was thrown"};
  }
}

struct MadeFiles {
  std::vector<fs::path> paths;
  std::vector<std::string> contents;
};

/// Made once; a later process finds the file at hand as the last mutant left it, and all others whole.
MadeFiles make_files(const Target& target, const TargetFolder& folder) {
  fs::remove_all(folder.made());
  fs::create_directories(folder.made());
  MadeFiles made{.paths = target.make(folder.made()), .contents = {}};
  for (const fs::path& path : made.paths) made.contents.push_back(bytes_of(path));
  target.read(folder.made(), made.paths.front());
  for (size_t i = 0; i < made.paths.size(); ++i) write_bytes(made.paths[i], made.contents[i]);
  return made;
}

/// Which file mutant number `number` is of, and its bytes.
std::pair<size_t, std::string> mutant(const Campaign& campaign, const Target& target, const MadeFiles& made,
                                      int64_t number) {
  RandomStream random({campaign.seed, stream_id(target.name), static_cast<uint64_t>(number)});
  const auto which = static_cast<size_t>(random.integer(static_cast<int64_t>(made.paths.size())));
  return {which, mutant_of(made.contents[which], target.words, random)};
}

void limit_memory(int64_t memory_mib) {
  if (memory_mib <= 0) return;
  const auto bytes = static_cast<rlim_t>(memory_mib) << 20;
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_AS, &limit);
}

void work_on(const Campaign& campaign, const Target& target, const TargetFolder& folder, Progress& progress) {
  const MadeFiles made = make_files(target, folder);
  while (progress.next() < campaign.mutants) {
    const int64_t number = progress.next();
    const auto [which, bytes] = mutant(campaign, target, made, number);
    write_bytes(made.paths[which], bytes);
    if (ftruncate(STDERR_FILENO, 0) != 0) _exit(kOwnFault);
    const auto [outcome, said] = outcome_of(target, folder.made(), made.paths[which]);
    if (outcome == Outcome::kUnnamed) keep(campaign, target, number, said);
    write_bytes(made.paths[which], made.contents[which]);
    progress.close(outcome);
  }
}

}  // namespace

TargetFolder folder_of(const Campaign& campaign, const Target& target) {
  return {campaign.folder / target.name};
}

void keep(const Campaign& campaign, const Target& target, int64_t mutant, const std::string& what) {
  const TargetFolder folder = folder_of(campaign, target);
  const fs::path kept = folder.finding(mutant);
  fs::create_directories(kept);
  fs::copy(folder.made(), kept, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  write_bytes(kept / "said", what + "\n" + bytes_of(folder.said()));
}

[[noreturn]] void work(const Campaign& campaign, const Target& target) {
  const TargetFolder folder = folder_of(campaign, target);
  const int said = open(folder.said().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  dup2(said, STDERR_FILENO);
  limit_memory(campaign.memory_mib);
  try {
    Progress progress(folder.progress());
    work_on(campaign, target, folder, progress);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "the campaign itself fails: %s\n", e.what());
    _exit(kOwnFault);
  }
#if defined(__SANITIZE_ADDRESS__)
  if (__lsan_do_recoverable_leak_check() != 0) _exit(kSanitizerStatus);
#endif
  _exit(0);
}

}  // namespace melomine::campaign
