#include "experiments/leak_search.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <span>
#include <tuple>
#include <utility>

#include "core/cancellation.h"
#include "core/error.h"
#include "core/logging.h"
#include "dsp/landmarks.h"
#include "retrieval/near_duplicates.h"
#include "retrieval/shared_passages.h"

namespace melomine::experiments {
namespace {

/// From here on a passage is no accident. The most that any of 1.8 million pairs of a pop song (POP909) and a
/// folk tune (Essen) share is 46.6 bits.
constexpr double kProofBits = 60;

using Items = std::vector<LeakItem>;

/// By kind, the plainest first; a pair that is in several sets is told once.
void sort_and_merge(std::vector<Leak>& leaks) {
  std::stable_sort(leaks.begin(), leaks.end(), [](const Leak& a, const Leak& b) {
    const auto order = [](const Leak& l) {
      return std::tuple(l.kind, -l.bits, -l.alike, std::tie(l.evaluated, l.trained, l.trained_in, l.text));
    };
    return order(a) < order(b);
  });
  std::vector<Leak> merged;
  for (Leak& leak : leaks) {
    const auto what = [](const Leak& l) {
      return std::tuple(l.kind, l.matched, l.evaluated_s, l.trained_s,
                        std::tie(l.evaluated, l.trained, l.trained_in, l.text));
    };
    if (!merged.empty() && what(merged.back()) == what(leak))
      merged.back().evaluated_in += ", " + leak.evaluated_in;
    else
      merged.push_back(std::move(leak));
  }
  leaks = std::move(merged);
}

class Search {
 public:
  Search(const Items& evaluated, const Items& trained, RunObserver& observer)
      : evaluated_(evaluated), trained_(trained), observer_(observer) {}

  LeakSearch run() {
    compare_ids();
    compare_titles();
    compare_notes();
    compare_audio();
    sort_and_merge(found_.leaks);
    found_.unread = unread_;
    return std::move(found_);
  }

 private:
  Leak leak_of(LeakKind kind, const LeakItem& evaluated, const LeakItem& trained) const {
    Leak leak;
    leak.kind = kind;
    leak.evaluated = evaluated.id;
    leak.evaluated_in = evaluated.place;
    leak.trained = trained.id;
    leak.trained_in = trained.place;
    return leak;
  }

  void compare_ids() {
    std::map<std::string, const LeakItem*> known;
    for (const LeakItem& item : trained_)
      if (!item.youtube_id.empty()) known.emplace(item.youtube_id, &item);
    for (const LeakItem& item : evaluated_) {
      const auto found = known.find(item.youtube_id);
      if (item.youtube_id.empty() || found == known.end()) continue;
      found_.leaks.push_back(leak_of(LeakKind::kId, item, *found->second));
      found_.leaks.back().text = item.youtube_id;
    }
  }

  /// One pair for each title and place.
  void compare_titles() {
    std::map<std::string, const LeakItem*> known;
    for (const LeakItem& item : trained_)
      if (std::string key = title_key(item.title); !key.empty()) known.emplace(std::move(key), &item);
    std::map<std::pair<std::string, std::string>, bool> told;
    for (const LeakItem& item : evaluated_) {
      const std::string key = title_key(item.title);
      const auto found = known.find(key);
      if (key.empty() || found == known.end() || !told.emplace(std::pair(key, item.place), true).second)
        continue;
      found_.leaks.push_back(leak_of(LeakKind::kTitle, item, *found->second));
      found_.leaks.back().text = item.title;
    }
  }

  /// What loading gives; nothing where it fails.
  template <class Load, class Use>
  void with(const Load& load, const Use& use) {
    throw_if_cancelled();
    try {
      use(load());
    } catch (const DataError&) {
      ++unread_;
    }
  }

  void compare_notes() {
    std::vector<std::vector<dsp::Note>> tunes;
    std::vector<size_t> of;
    for (size_t i = 0; i < trained_.size(); ++i)
      if (trained_[i].notes)
        with(trained_[i].notes, [&](std::vector<dsp::Note> notes) {
          tunes.push_back(std::move(notes));
          of.push_back(i);
        });
    if (tunes.empty()) return;
    const retrieval::PassageTable table({tunes.begin(), tunes.end()});
    for (const LeakItem& item : evaluated_) {
      if (!item.notes) continue;
      with(item.notes, [&](const std::vector<dsp::Note>& notes) {
        for (const retrieval::SharedPassage& passage : table.find(notes, {})) {
          Leak leak = leak_of(passage.bits >= kProofBits ? LeakKind::kNotes : LeakKind::kPassage, item,
                              trained_[of[static_cast<size_t>(passage.melody)]]);
          leak.alike = passage.share;
          leak.matched = passage.notes;
          leak.bits = passage.bits;
          leak.evaluated_s = passage.start_s;
          leak.trained_s = passage.known_start_s;
          found_.leaks.push_back(leak);
        }
      });
    }
  }

  std::vector<dsp::Landmark> landmarks(const LeakItem& item) {
    std::vector<dsp::Landmark> found;
    with(item.audio, [&](const dsp::AudioBuffer& audio) {
      found = dsp::landmarks_of(audio.samples, audio.sample_rate_hz);
    });
    const std::lock_guard lock(mutex_);
    observer_.on_progress(++done_, "");
    return found;
  }

  /// What is evaluated on is the smaller side as a rule: it is what is held.
  void compare_audio() {
    const auto with_audio = [](const Items& items) {
      std::vector<const LeakItem*> some;
      for (const LeakItem& item : items)
        if (item.audio) some.push_back(&item);
      return some;
    };
    const auto asked = with_audio(evaluated_), known = with_audio(trained_);
    if (asked.empty() || known.empty()) return;
    observer_.on_stage_begin("leaks", static_cast<int64_t>(asked.size() + known.size()), "recordings");
    std::vector<std::vector<dsp::Landmark>> fingerprints(asked.size());
    std::vector<std::vector<retrieval::NearDuplicate>> copies(known.size());
    retrieval::LandmarkTable table;
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(size_t{0}, asked.size(), [&](size_t i) { fingerprints[i] = landmarks(*asked[i]); });
    });
    for (size_t i = 0; i < asked.size(); ++i)
      table.add(static_cast<int64_t>(i), std::exchange(fingerprints[i], {}));
    table.sort();
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(size_t{0}, known.size(),
                        [&](size_t i) { copies[i] = table.find(landmarks(*known[i]), {}); });
    });
    for (size_t i = 0; i < known.size(); ++i)
      for (const retrieval::NearDuplicate& copy : copies[i]) {
        Leak leak = leak_of(LeakKind::kAudio, *asked[static_cast<size_t>(copy.recording)], *known[i]);
        leak.alike = copy.share;
        leak.matched = copy.votes;
        leak.evaluated_s = std::max(0.0, copy.offset_s);
        leak.trained_s = std::max(0.0, -copy.offset_s);
        found_.leaks.push_back(leak);
      }
    observer_.on_stage_end(
        fmt::format("{} recordings compared with {} that are trained on", asked.size(), known.size()));
  }

  const Items &evaluated_, &trained_;
  RunObserver& observer_;
  LeakSearch found_;
  std::atomic<int64_t> unread_ = 0;
  std::mutex mutex_;
  int64_t done_ = 0;
};

}  // namespace

LeakSearch find_leaks(const std::vector<LeakItem>& evaluated, const std::vector<LeakItem>& trained,
                      RunObserver& observer) {
  return Search(evaluated, trained, observer).run();
}

}  // namespace melomine::experiments
