#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "datasets/audio_shard.h"
#include "datasets/audio_store.h"
#include "tests/review/review_rows.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wav_file.h"

namespace melomine::review::testing {

/// A shard of an original of 30 s and covers of it, each the same scale of a pitch a second; cover 2 sings
/// it slower by a quarter.
class PairShards {
 public:
  /// @param titles  of the original, then of the covers
  explicit PairShards(const std::vector<std::string>& titles = {"Original", "Cover one", "Cover two"}) {
    datasets::AudioShardWriter writer(folder_ / datasets::shard_file_name(0), 16000);
    for (size_t i = 0; i < titles.size(); ++i) {
      writer.append(scale(i == 2 ? 1.25 : 1));
      datasets::StoredRecording stored;
      stored.recording.recording_id = i == 0 ? "song_o" : "song_" + std::to_string(i);
      stored.recording.song_id = "song";
      stored.recording.kind = i == 0 ? datasets::RecordingKind::kOriginal : datasets::RecordingKind::kCover;
      stored.recording.title = titles[i];
      writer.finish_recording(stored);
    }
    writer.commit();
    store_ = std::make_unique<datasets::AudioStore>(folder_.path());
  }
  const datasets::AudioStore& store() const { return *store_; }

  /// The original's [4, 12) in both covers, three places in each, by falling correlation.
  static std::vector<QueuedPair> pairs() {
    const auto original = row_of_original("song", {4, 12});
    std::vector<datasets::FragmentRow> rows = {original};
    for (int i = 0; i < 6; ++i) {
      const bool slow = i % 2 == 1;
      auto row =
          row_of_match(original, slow ? "song_2" : "song_1", (slow ? 5.0 : 4.0) + i / 2, 0.6 - 0.02 * i);
      if (slow) row.interval.end_s = row.interval.start_s + 10;
      rows.push_back(row);
    }
    auto pairs = pairs_of(rows, Among::kUncertain);
    order_pairs(pairs, {.relevant = 0.65});
    return pairs;
  }

 private:
  static std::vector<int16_t> scale(double step_s) {
    std::vector<int16_t> samples;
    for (int step = 0; step < 30; ++step) {
      const auto tone = melomine::testing::sine(440 * std::exp2((57.0 + step % 12 - 69) / 12), step_s);
      samples.insert(samples.end(), tone.begin(), tone.end());
    }
    return samples;
  }

  melomine::testing::TempFolder folder_;
  std::unique_ptr<datasets::AudioStore> store_;
};

}  // namespace melomine::review::testing
