#pragma once

#include <string>
#include <vector>

#include "datasets/fragment_groups.h"
#include "review/verdict_log.h"

namespace melomine::review::testing {

/// A pair of one song whose place begins at 20 s * number.
inline Pair numbered_pair(int number) {
  return {.original_id = "song_o",
          .original = {10, 20},
          .recording_id = "song_c",
          .place = {20.0 * number, 20.0 * number + 10}};
}

inline Judgement judgement_of_pair(int number, const std::string& reviewer, Answer answer) {
  return {.pair = numbered_pair(number),
          .reviewer = reviewer,
          .answer = answer,
          .time_utc = "2026-11-30T05:12:09Z",
          .group_id = "song_r01_01"};
}

inline datasets::FragmentRow row_of_original(const std::string& song, const TimeInterval& interval) {
  datasets::FragmentRow row;
  row.group_id = song + "_r01_01";
  row.id = row.recording_id = song + "_o";
  row.audio_type = datasets::RecordingKind::kOriginal;
  row.interval = interval;
  row.duration_s = interval.duration_s();
  row.correlation = 1;
  row.verdict = datasets::Verdict::kRelevant;
  return row;
}

/// A match of `original`, relevant from 0.65 on.
inline datasets::FragmentRow row_of_match(const datasets::FragmentRow& original, const std::string& recording,
                                          double start_s, double correlation) {
  datasets::FragmentRow row = original;
  row.id = row.recording_id = recording;
  row.audio_type = datasets::RecordingKind::kCover;
  row.interval = {start_s, start_s + original.duration_s};
  row.correlation = correlation;
  row.verdict = correlation >= 0.65 ? datasets::Verdict::kRelevant : datasets::Verdict::kUncertain;
  return row;
}

}  // namespace melomine::review::testing
