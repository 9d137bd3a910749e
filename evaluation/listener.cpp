#include "evaluation/listener.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <functional>
#include <mutex>

#include "core/cancellation.h"
#include "core/logging.h"
#include "dsp/silence.h"
#include "dsp/time_stretch.h"
#include "retrieval/melody_embedder.h"
#include "retrieval/voice_mask.h"

namespace melomine::evaluation {
namespace {

using retrieval::FingerprintSequence;

/// Items whose audio is loaded ahead of the model at once.
constexpr size_t kLoadedItems = 16;

std::string queries_stage(double tempo_ratio) {
  return tempo_ratio == 1.0 ? "fingerprints of queries"
                            : fmt::format("fingerprints of queries, tempo {}", tempo_ratio);
}

/// What is done to an item's audio before the model embeds it.
struct Preparation {
  double tempo_ratio = 1;
  double trim_db = 0;  ///< 0 = the whole item
};

dsp::AudioBuffer prepare(const EvaluationItem& item, const Preparation& preparation) {
  dsp::AudioBuffer audio = item.audio();
  dsp::trim_ends(audio, preparation.trim_db);
  if (preparation.tempo_ratio != 1.0)
    audio.samples = dsp::time_stretch(audio.samples, preparation.tempo_ratio, audio.sample_rate_hz);
  return audio;
}

class SoundListener : public Listener {
 public:
  SoundListener(const EvaluationSet& set, const retrieval::Embedder& model, const Hearing& hearing,
                RunObserver& observer)
      : set_(set), model_(model), hearing_(hearing), observer_(observer) {}

  std::vector<FingerprintSequence> queries(double tempo_ratio) override {
    return embed_all(set_.queries, {tempo_ratio, hearing_.trim_queries_db}, queries_stage(tempo_ratio));
  }
  std::vector<FingerprintSequence> references() override {
    return embed_all(set_.references, {}, "fingerprints of references");
  }

 private:
  /// Loading, trimming and stretching run in parallel, a few items ahead of the model.
  std::vector<FingerprintSequence> embed_all(const std::vector<EvaluationItem>& items,
                                             const Preparation& preparation, std::string_view stage) {
    observer_.on_stage_begin(stage, static_cast<int64_t>(items.size()), "items");
    std::vector<FingerprintSequence> sequences;
    for (size_t start = 0; start < items.size(); start += kLoadedItems) {
      const size_t count = std::min(kLoadedItems, items.size() - start);
      std::vector<dsp::AudioBuffer> loaded(count);
      tbb::parallel_for(size_t{0}, count,
                        [&](size_t i) { loaded[i] = prepare(items[start + i], preparation); });
      for (size_t i = 0; i < count; ++i) {
        throw_if_cancelled();
        sequences.push_back(retrieval::embed_voice(model_, loaded[i], hearing_.voice));
        observer_.on_progress(static_cast<int64_t>(start + i + 1), items[start + i].id);
      }
    }
    observer_.on_stage_end("");
    return sequences;
  }

  const EvaluationSet& set_;
  const retrieval::Embedder& model_;
  Hearing hearing_;
  RunObserver& observer_;
};

class MelodyListener : public Listener {
 public:
  MelodyListener(const EvaluationSet& set, const retrieval::MelodyEmbedder& model, RunObserver& observer)
      : set_(set), model_(model), observer_(observer) {}

  std::vector<FingerprintSequence> queries(double tempo_ratio) override {
    if (melodies_.empty()) {
      begin("melodies of queries", set_.queries);
      melodies_ = hear(set_.queries, 0, set_.queries.size());
      observer_.on_stage_end("");
    }
    begin(queries_stage(tempo_ratio), set_.queries);
    std::vector<FingerprintSequence> sequences;
    for (size_t i = 0; i < melodies_.size(); ++i) {
      throw_if_cancelled();
      sequences.push_back(melodies_[i]->embed(tempo_ratio));
      observer_.on_progress(static_cast<int64_t>(i + 1), set_.queries[i].id);
    }
    observer_.on_stage_end("");
    return sequences;
  }
  /// A few at a time: what a model has heard of a large collection may not fit into memory.
  std::vector<FingerprintSequence> references() override {
    begin("fingerprints of references", set_.references);
    std::vector<FingerprintSequence> sequences;
    for (size_t start = 0; start < set_.references.size(); start += kLoadedItems) {
      const size_t count = std::min(kLoadedItems, set_.references.size() - start);
      for (const auto& melody : hear(set_.references, start, count)) sequences.push_back(melody->embed(1.0));
    }
    observer_.on_stage_end("");
    return sequences;
  }

 private:
  using Melodies = std::vector<std::unique_ptr<const retrieval::HeardMelody>>;

  void begin(std::string_view stage, const std::vector<EvaluationItem>& items) {
    observer_.on_stage_begin(stage, static_cast<int64_t>(items.size()), "items");
  }

  Melodies hear(const std::vector<EvaluationItem>& items, size_t start, size_t count) {
    Melodies melodies(count);
    std::mutex mutex;
    auto done = static_cast<int64_t>(start);
    tbb::parallel_for(size_t{0}, count, [&](size_t i) {
      throw_if_cancelled();
      const EvaluationItem& item = items[start + i];
      melodies[i] = item.notes ? model_.read(item.notes()) : model_.hear(item.audio());
      const bool has_pitch = melodies[i]->has_pitch();
      const std::lock_guard lock(mutex);
      if (!has_pitch) log_warning("'{}' has no pitch that could be followed", item.id);
      observer_.on_progress(++done, item.id);
    });
    return melodies;
  }

  const EvaluationSet& set_;
  const retrieval::MelodyEmbedder& model_;
  RunObserver& observer_;
  Melodies melodies_;  ///< [queries] once they are known
};

}  // namespace

std::unique_ptr<Listener> make_listener(const EvaluationSet& set, const retrieval::Embedder& model,
                                        const Hearing& hearing, RunObserver& observer) {
  if (const auto* melody = dynamic_cast<const retrieval::MelodyEmbedder*>(&model))
    return std::make_unique<MelodyListener>(set, *melody, observer);
  return std::make_unique<SoundListener>(set, model, hearing, observer);
}

}  // namespace melomine::evaluation
