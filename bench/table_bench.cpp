// What CHAD's own table costs: its 81,781 rows read, checked and made into groups. The table is generated:
// songs of two fragments, each with an original and covers by video, hums in every tenth song.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "datasets/fragment_groups.h"
#include "datasets/group_dataset.h"

namespace melomine::datasets {
namespace {

constexpr int64_t kRows = 81'781;
constexpr int kFragments = 2, kVideos = 12, kHums = 8, kRate = 16000;
constexpr double kVideo_s = 240;

/// The table as a file, and the recordings that its rows name.
class Corpus {
 public:
  Corpus() {
    std::string pattern = (std::filesystem::temp_directory_path() / "melomine_bench_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    std::string content =
        "group_id,fragment_id,id,audio_type,youtube_id,interval,correlation,check_by_crowdsource,"
        "is_available,duration\n";
    for (int song = 0; rows_ < kRows; ++song) add_song(song, content);
    write_file_atomically(table(), content);
  }
  ~Corpus() { std::filesystem::remove_all(folder_); }

  std::filesystem::path table() const { return folder_ / "dataset.csv"; }
  const std::vector<StoredRecording>& recordings() const { return recordings_; }

 private:
  void add_song(int song, std::string& content) {
    const std::string group_id =
        fmt::format("{:016x}", 0x9e3779b97f4a7c15u * static_cast<uint64_t>(song + 1));
    for (int video = 0; video < kVideos; ++video)
      store(fmt::format("{:07}_{:03}", song, video), group_id, kVideo_s);
    for (int fragment = 1; fragment <= kFragments; ++fragment) {
      for (int video = 0; video < kVideos && rows_ < kRows; ++video, ++rows_) {
        const double start_s = 20.25 + 30 * fragment + 0.125 * video;
        const std::string interval = fmt::format("({}, {})", start_s, start_s + 16.25);
        content += csv_line({group_id, std::to_string(fragment), fmt::format("{:08x}", rows_),
                             video == 0 ? "original" : "cover", fmt::format("{:07}_{:03}", song, video),
                             interval, "0.8125", "False", "True", "16.25"});
      }
      for (int hum = 0; song % 10 == 0 && hum < kHums && rows_ < kRows; ++hum, ++rows_) {
        const std::string id = fmt::format("{:08x}", rows_);
        store(id, group_id, 16.25);
        content += csv_line({group_id, std::to_string(fragment), id, "humming", "", "(0, 16.25)", "", "True",
                             "True", "16.25"});
      }
    }
  }

  void store(const std::string& id, const std::string& song_id, double duration_s) {
    StoredRecording stored;
    stored.recording.recording_id = id;
    stored.recording.song_id = song_id;
    stored.recording.path = "audio/" + id + ".opus";
    stored.recording.youtube_id = id;
    stored.length_samples = static_cast<int64_t>(duration_s * kRate);
    recordings_.push_back(std::move(stored));
  }

  std::filesystem::path folder_;
  int64_t rows_ = 0;
  std::vector<StoredRecording> recordings_;
};

const Corpus& corpus() {
  static const Corpus made;
  return made;
}

void read_chad_table(benchmark::State& state) {
  const std::filesystem::path table = corpus().table();
  for (auto _ : state) benchmark::DoNotOptimize(read_fragment_table(table).size());
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(read_chad_table)->Unit(benchmark::kMillisecond);

void read_and_group_chad_table(benchmark::State& state) {
  const std::filesystem::path table = corpus().table();
  GroupCounts counts;
  for (auto _ : state) counts = build_groups(read_fragment_table(table), corpus().recordings(), kRate).counts;
  state.SetItemsProcessed(state.iterations() * kRows);
  state.counters["groups"] = static_cast<double>(counts.groups);
  state.counters["fragments"] = static_cast<double>(counts.fragments);
}
BENCHMARK(read_and_group_chad_table)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace melomine::datasets
