#include "evaluation/listener.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "evaluation/hum_search.h"
#include "retrieval/melody_embedder.h"

namespace melomine::evaluation {
namespace {

/// A model whose fingerprints are the contour's first pitches, and which counts what it does.
class CountingEmbedder : public retrieval::MelodyEmbedder {
 public:
  int64_t dim() const override { return 3; }
  double hop_s() const override { return 0.1; }
  double window_s() const override { return 0.1; }
  dsp::Contour contour_of(const dsp::AudioBuffer& audio) const override {
    ++heard;
    return contour(audio.samples.empty() ? 0 : audio.samples.front(), 20);
  }
  dsp::Contour contour_of(std::span<const dsp::Note> notes) const override {
    ++read;
    return contour(static_cast<float>(notes.front().pitch_midi), 20);
  }
  using MelodyEmbedder::embed;
  retrieval::FingerprintSequence embed(const dsp::Contour& contour) const override {
    frames.push_back(contour.frames());
    const bool high = contour.pitch_midi.front() > 65;
    return {.steps = 1,
            .dim = 3,
            .hop_s = 0.1,
            .first_center_s = 0,
            .values = {high ? 1.0f : 0.0f, high ? 0.0f : 1.0f, 0.2f}};
  }

  mutable std::atomic<int> heard = 0, read = 0;
  mutable std::vector<int64_t> frames;

 private:
  static dsp::Contour contour(float pitch, size_t count) {
    return {0.1, std::vector<float>(count, pitch), std::vector<uint8_t>(count, 1)};
  }
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
  EXPECT_EQ(model.read, 2);
  EXPECT_EQ(model.frames, (std::vector<int64_t>{20, 20, 20, 40, 40, 20, 20, 10, 10}));
  EXPECT_EQ(rankings[1].front().reference, 1);
  EXPECT_NE(rankings[0].front().reference, 1);
}

}  // namespace
}  // namespace melomine::evaluation
