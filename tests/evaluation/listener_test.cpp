#include "evaluation/listener.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "evaluation/hum_search.h"
#include "retrieval/melody_embedder.h"

namespace melomine::evaluation {
namespace {

/// A model whose fingerprints tell high from low, and which counts what it does.
class CountingEmbedder : public retrieval::MelodyEmbedder {
 public:
  int64_t dim() const override { return 3; }
  double hop_s() const override { return 0.1; }
  double window_s() const override { return 0.1; }
  std::unique_ptr<const retrieval::HeardMelody> hear(const dsp::AudioBuffer& audio) const override {
    ++heard;
    return std::make_unique<Melody>(*this, audio.samples.empty() ? 0 : audio.samples.front());
  }
  std::unique_ptr<const retrieval::HeardMelody> read(std::span<const dsp::Note> notes) const override {
    ++read_scores;
    return std::make_unique<Melody>(*this, notes.front().pitch_midi);
  }

  mutable std::atomic<int> heard = 0, read_scores = 0;
  mutable std::vector<double> tempos;

 private:
  class Melody : public retrieval::HeardMelody {
   public:
    Melody(const CountingEmbedder& model, double pitch) : model_(model), pitch_(pitch) {}
    bool has_pitch() const override { return true; }
    retrieval::FingerprintSequence embed(double tempo_ratio) const override {
      model_.tempos.push_back(tempo_ratio);
      const bool high = pitch_ > 65;
      return {.steps = 1,
              .dim = 3,
              .hop_s = 0.1,
              .first_center_s = 0,
              .values = {high ? 1.0f : 0.0f, high ? 0.0f : 1.0f, 0.2f}};
    }

   private:
    const CountingEmbedder& model_;
    double pitch_;
  };
};

EvaluationItem sounding(float pitch) {
  return {"sound", [pitch] { return dsp::AudioBuffer{{pitch, 0, 0}, 16000}; }, {}};
}
EvaluationItem score(double pitch) {
  return {"score", [] { return dsp::AudioBuffer{}; },
          [pitch] {
            return std::vector<dsp::Note>{{0, 1, pitch}};
          }};
}

TEST(MelodyListener, FollowsAQuerysPitchOnceForAllTemposAndReadsScores) {
  EvaluationSet set;
  set.queries = {sounding(60), sounding(70)};
  set.references = {score(60), score(70), sounding(50)};
  set.relevance = {{{0}, {}}, {{1}, {}}};
  const CountingEmbedder model;
  HumSearchConfig config;
  config.query_tempo_ratios = {0.5, 1, 2};
  config.similarity.correlation = retrieval::Correlation::kCross;
  RunObserver silent;
  const auto rankings = search_hums(set, model, config, silent);
  EXPECT_EQ(model.heard, 3) << "each query and the recording among the references once";
  EXPECT_EQ(model.read_scores, 2);
  EXPECT_EQ(model.tempos, (std::vector<double>{1, 1, 1, 0.5, 0.5, 1, 1, 2, 2}));
  EXPECT_EQ(rankings[1].front().reference, 1);
  EXPECT_NE(rankings[0].front().reference, 1);
}

}  // namespace
}  // namespace melomine::evaluation
