#include "regeneration/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <thread>
#include <utility>

#include "core/atomic_file.h"
#include "core/cancellation.h"
#include "core/child_process.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/sha256.h"
#include "core/text.h"
#include "core/utc_time.h"
#include "dsp/decode.h"
#include "layouts/audio_index.h"
#include "regeneration/download_failure.h"
#include "regeneration/fetch_state.h"
#include "regeneration/statement.h"

namespace melomine::regeneration {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kScratchFolder = ".fetching";
constexpr auto kNap = std::chrono::milliseconds(50);  // between looks at the flag of cancellation

void check(const FetchOptions& o) {
  if (o.command.empty()) throw ConfigError("[fetch] the command is empty");
  if (o.attempts < 1 || o.most_throttled < 1)
    throw ConfigError("[fetch] attempts and most_throttled must be >= 1");
  if (!(o.per_hour >= 0) || !(o.back_off_s >= 0) || !(o.timeout_s >= 0))
    throw ConfigError("[fetch] per_hour, back_off_s and timeout_s must be >= 0");
  bool options_end = false;
  for (const std::string& word : o.command) {
    options_end = options_end || word == "--";
    if (word.starts_with("{id}") && !options_end)
      throw ConfigError(
          "[fetch] an id may begin with '-' and be taken for an option: write {url}, or put -- before {id}");
  }
  if (find_program(o.command.front()).empty())
    throw ConfigError(fmt::format("[fetch] there is no program '{}'", o.command.front()));
}

void nap_until(Clock::time_point when) {
  while (Clock::now() < when) {
    throw_if_cancelled();
    std::this_thread::sleep_for(std::min<Clock::duration>(kNap, when - Clock::now()));
  }
}

Clock::duration seconds(double s) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}

bool is_html(const fs::path& file) {
  std::string head(256, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(stream.gcount()));
  head = lower_case(head);
  return head.find("<html") != std::string::npos || head.find("<!doctype html") != std::string::npos;
}

/// What a program left in its folder.
struct Brought {
  fs::path file;
  std::string fault, message;  ///< a word and its explanation; "" where it can be kept
  std::string sha256;
  double duration_s = 0;
};

Brought look_at(const fs::path& folder, double needed_s, double tolerance_s) {
  Brought brought;
  std::vector<fs::path> files;
  for (const fs::path& file : list_folder(folder))
    if (fs::is_regular_file(file)) files.push_back(file);
  if (files.empty())
    return {.file = {}, .fault = "no_file", .message = "the program left no file in {folder}", .sha256 = {}};
  const auto audio =
      std::find_if(files.begin(), files.end(), [](const fs::path& file) { return dsp::holds_audio(file); });
  brought.file = audio == files.end() ? files.front() : *audio;
  brought.sha256 = sha256_of_file(brought.file);
  if (fs::file_size(brought.file) == 0) {
    brought.fault = "empty";
    return brought;
  }
  if (audio == files.end()) {
    brought.fault = is_html(brought.file) ? "html" : "no_audio";
    return brought;
  }
  try {
    const dsp::DecodeResult decoded =
        dsp::decode_audio_or_again(brought.file, {}, [] { return [](std::span<const int16_t>) {}; });
    brought.duration_s = static_cast<double>(decoded.samples) / dsp::DecodeOptions{}.sample_rate_hz;
  } catch (const DataError& error) {
    brought.fault = "damaged";
    brought.message = error.what();
    return brought;
  }
  if (brought.duration_s + tolerance_s < needed_s) {
    brought.fault = "too_short";
    brought.message = fmt::format("has {:.2f} s of {:.2f}", brought.duration_s, needed_s);
  }
  return brought;
}

/// One pass over what is wanted.
class Pass {
 public:
  Pass(const std::vector<WantedSource>& wanted, const FetchOptions& options, RunObserver& observer)
      : wanted_(wanted), options_(options), observer_(observer), state_(options.state) {
    if (options.retry) state_.forget_temporary();
  }

  FetchSummary run() {
    std::vector<const WantedSource*> open = missing();
    observer_.on_stage_begin("fetch", static_cast<int64_t>(open.size()), "recordings");
    int64_t settled = 0;
    while (!open.empty() && summary_.stopped.empty()) {
      std::vector<const WantedSource*> again;
      for (const WantedSource* source : open) {
        if (!summary_.stopped.empty()) break;
        try_once(*source);
        if (may_be_tried(state_.of(source->id)))
          again.push_back(source);
        else
          ++settled;
        observer_.on_progress(settled, fmt::format("{} fetched", summary_.fetched_now));
      }
      open = std::move(again);
    }
    state_.write();
    count();
    observer_.on_stage_end(fmt::format("{} of {} recordings are there", summary_.done, summary_.wanted));
    return summary_;
  }

 private:
  bool may_be_tried(const FetchRecord& record) const {
    return record.state == FetchProgress::kNew ||
           (record.state == FetchProgress::kTemporary && record.attempts < options_.attempts);
  }

  /// Recordings that may be tried; those that lie there already count as done.
  std::vector<const WantedSource*> missing() {
    make_folder(options_.into);
    fs::remove_all(options_.into / kScratchFolder);
    const layouts::AudioIndex there(options_.into);
    std::vector<const WantedSource*> open;
    for (const WantedSource& source : wanted_) {
      if (source.is_archived) continue;
      FetchRecord& record = state_.of(source.id);
      if (!there.find({source.id}).empty()) {
        if (record.state != FetchProgress::kDone) record.reason = record.message = "";
        record.state = FetchProgress::kDone;
        continue;
      }
      if (record.state == FetchProgress::kDone) record = {};  // it was removed since
      if (may_be_tried(record)) open.push_back(&source);
    }
    return open;
  }

  void try_once(const WantedSource& source) {
    nap_until(next_);
    next_ = Clock::now() +
            (options_.per_hour > 0 ? seconds(kSecondsAnHour / options_.per_hour) : Clock::duration::zero());
    const fs::path folder = options_.into / kScratchFolder / source.id;
    fs::remove_all(folder);
    make_folder(folder);
    std::vector<std::string> words = options_.command;
    for (std::string& word : words) {
      replace_all(word, "{url}", "https://www.youtube.com/watch?v=" + source.id);
      replace_all(word, "{folder}", folder.string());
      replace_all(word, "{id}", source.id);
    }
    const ChildResult child = run_child(words, {.timeout_s = options_.timeout_s});
    FetchRecord& record = state_.of(source.id);
    if (child.succeeded())
      keep(source, folder, record);
    else
      fail(child, record);
    fs::remove_all(folder);
    state_.write();
  }

  void keep(const WantedSource& source, const fs::path& folder, FetchRecord& record) {
    const double needed_s = std::isfinite(source.end_s) ? source.end_s : 0;
    const Brought brought = look_at(folder, needed_s, options_.tolerance_s);
    throttled_ = 0;
    const bool same_again = !brought.sha256.empty() && brought.sha256 == record.sha256;
    record = {.state = FetchProgress::kDone,
              .reason = brought.fault,
              .message = brought.message,
              .attempts = record.attempts + 1,
              .last_try = now_utc(),
              .sha256 = brought.sha256,
              .duration_s = brought.duration_s};
    if (brought.fault.empty()) {
      fs::rename(brought.file, options_.into / (source.id + brought.file.extension().string()));
      ++summary_.fetched_now;
      return;
    }
    // What comes twice in the same bytes is what there is.
    record.state =
        same_again && brought.fault == "too_short" ? FetchProgress::kPermanent : FetchProgress::kTemporary;
  }

  void fail(const ChildResult& child, FetchRecord& record) {
    const Failure failure =
        failure_of(child.standard_error + "\n" + child.standard_output, child.timed_out());
    if (failure.kind == FailureKind::kHuman) {
      summary_.stopped = "the site asks for a person: " + child.failure();
      return;  // no fault of this recording
    }
    record = {.state = failure.kind == FailureKind::kPermanent ? FetchProgress::kPermanent
                                                               : FetchProgress::kTemporary,
              .reason = failure.reason,
              .message = child.failure(),
              .attempts = record.attempts + 1,
              .last_try = now_utc(),
              .sha256 = {}};
    if (failure.kind != FailureKind::kThrottled) {
      throttled_ = 0;
      return;
    }
    if (++throttled_ >= options_.most_throttled) {
      summary_.stopped = fmt::format("the site asked for fewer requests {} times in a row", throttled_);
      return;
    }
    const double wait_s = std::min(options_.longest_back_off_s,
                                   options_.back_off_s * std::exp2(static_cast<double>(throttled_ - 1)));
    next_ = std::max(next_, Clock::now() + seconds(wait_s));
  }

  void count() {
    for (const WantedSource& source : wanted_) {
      if (source.is_archived) continue;
      ++summary_.wanted;
      const FetchRecord& record = state_.of(source.id);
      if (record.state == FetchProgress::kDone) {
        ++summary_.done;
        continue;
      }
      ++(record.state == FetchProgress::kPermanent ? summary_.permanent : summary_.temporary);
      ++summary_.reasons[record.reason.empty() ? "not tried" : record.reason];
    }
  }

  const std::vector<WantedSource>& wanted_;
  const FetchOptions& options_;
  RunObserver& observer_;
  FetchState state_;
  FetchSummary summary_;
  Clock::time_point next_ = Clock::now();
  int64_t throttled_ = 0;  ///< in a row
};

}  // namespace

std::vector<std::string> words_of(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      word += command[++i];
      in_word = true;
    } else if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) throw ConfigError(fmt::format("[fetch] a quote is not closed in: {}", command));
  if (in_word) words.push_back(word);
  if (words.empty()) throw ConfigError("[fetch] the command is empty");
  return words;
}

FetchSummary fetch(const std::vector<WantedSource>& wanted, const FetchOptions& options,
                   RunObserver& observer) {
  check(options);
  return Pass(wanted, options, observer).run();
}

}  // namespace melomine::regeneration
