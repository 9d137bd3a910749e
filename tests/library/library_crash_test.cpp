#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <set>

#include "core/random.h"
#include "tests/library/planted_songs.h"

namespace melomine::library {
namespace {

namespace fs = std::filesystem;
using testing::PlantedSongs;

constexpr int64_t kNever = -1;

/// Runs the work in a process of its own, which is killed after so many microseconds.
/// @returns whether it ended well by itself
bool run_and_kill(const std::function<void()>& work, int64_t after_us) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      work();
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  if (after_us != kNever) {
    usleep(static_cast<useconds_t>(after_us));
    kill(child, SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::set<std::string> found_in(const fs::path& folder) {
  const Library library = Library::open(folder);
  std::set<std::string> ids;
  for (int64_t n = 0; n < library.size(); ++n)
    if (!library.is_removed(n)) ids.insert(library.song(n).id);
  return ids;
}

std::set<std::string> names(uint64_t first, uint64_t last) {
  std::set<std::string> ids;
  for (uint64_t n = first; n < last; ++n) ids.insert("song" + std::to_string(n));
  return ids;
}

/// Kills `work` at random moments, each time from the same library: it is the old or the new one. Then the
/// same command makes it the new one.
void kill_often(const PlantedSongs& planted, const std::function<void()>& work,
                const std::set<std::string>& before, const std::set<std::string>& after, uint64_t seed) {
  const fs::path saved = planted.folder() / "saved";
  const auto restore = [&] {
    fs::remove_all(planted.library());
    if (fs::exists(saved)) fs::copy(saved, planted.library(), fs::copy_options::recursive);
  };
  if (fs::exists(planted.library())) fs::copy(planted.library(), saved, fs::copy_options::recursive);
  RandomStream random({seed});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(run_and_kill(work, kNever));
  const std::chrono::duration<double, std::micro> whole = std::chrono::steady_clock::now() - start;
  int old_ones = 0;
  for (int kill = 0; kill < 17; ++kill) {
    restore();
    run_and_kill(work, static_cast<int64_t>(whole.count() * random.uniform()));
    if (fs::exists(planted.library() / kManifestFile)) {
      const auto found = found_in(planted.library());
      EXPECT_TRUE(found == before || found == after) << found.size() << " songs after kill " << kill;
      EXPECT_NO_THROW(verify(planted.library()));
      old_ones += found == before;
    } else {
      EXPECT_TRUE(before.empty());
      ++old_ones;
    }
    EXPECT_TRUE(run_and_kill(work, kNever));
    EXPECT_EQ(found_in(planted.library()), after) << "completed after kill " << kill;
  }
  EXPECT_GT(old_ones, 0) << "no kill came early enough to tell anything";
  fs::remove_all(saved);
}

BuildOptions small_segments() {
  return {.factory = "IVF2,SQ8", .songs_per_segment = 3};
}

TEST(CrashLibrary, BuildExtendAndRemoveCountWhollyOrNotAtAll) {
  PlantedSongs planted;
  const auto first = planted.songs(0, 12), more = planted.songs(12, 20);
  const auto add = [&](const std::vector<SongFile>& songs) {
    RunObserver silent;
    planted.builder().add(songs, PlantedSongs::hear, small_segments(), silent);
  };
  kill_often(
      planted, [&] { add(first); }, {}, names(0, 12), 1);
  kill_often(
      planted, [&] { add(more); }, names(0, 12), names(0, 20), 2);
  const std::vector<std::string> gone = {"song3", "song15"};
  auto left = names(0, 20);
  for (const std::string& id : gone) left.erase(id);
  kill_often(
      planted,
      [&] {
        if (found_in(planted.library()).count(gone[0]) > 0) planted.builder().remove(gone);
      },
      names(0, 20), left, 3);
}

}  // namespace
}  // namespace melomine::library
