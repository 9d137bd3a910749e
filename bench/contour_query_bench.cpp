// One hum of 8 s among 2,048 melodies, the 48 of MIR-QBSH and 2,000 of Essen: by contour matching, and by the
// contour encoder of experiments/contour.yaml. Arguments: threads.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/global_control.h>
#include <torch/torch.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "core/random.h"
#include "embedding/contour_embedder.h"
#include "melody/melody_source.h"
#include "melody/performance.h"
#include "models/contour_cnn.h"
#include "retrieval/contour_match.h"
#include "retrieval/exact_index.h"
#include "tests/support/shared_data.h"

namespace melomine {
namespace {

constexpr int64_t kTempos = 13;
constexpr size_t kHummed = 1000;
constexpr double kQuery_s = 8;

std::vector<melody::MelodySource> sources() {
  const std::filesystem::path data = testing::shared_data();
  return {{(data / "refs_mirqbsh" / "references.csv").string(), {}},
          {(data / "essen" / "distractors.csv").string(), {}}};
}

bool data_is_there(benchmark::State& state) {
  for (const melody::MelodySource& source : sources()) {
    if (!std::filesystem::exists(source.path)) {
      state.SkipWithError("needs MELOMINE_SHARED_DATA");
      return false;
    }
  }
  return true;
}

const std::vector<melody::Melody>& melodies() {
  static const std::vector<melody::Melody> all = melody::read_melodies(sources());
  return all;
}

/// The first 8 s of one of the melodies as people sing it.
std::vector<dsp::Note> hummed_notes() {
  std::vector<dsp::Note> notes;
  for (const dsp::Note& note : melodies().at(kHummed).notes)
    if (note.end_s <= kQuery_s) notes.push_back(note);
  return notes;
}

dsp::Contour hum() {
  RandomStream random({1});
  return melody::Performer({}).perform(hummed_notes(), 0.1, random).contour;
}

void tell(benchmark::State& state, size_t references) {
  state.counters["references"] = static_cast<double>(references);
}

void matching(benchmark::State& state, const retrieval::ContourConfig& config) {
  if (!data_is_there(state)) return;
  const oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism,
                                            static_cast<size_t>(state.range(0)));
  std::vector<retrieval::PitchContour> references;
  for (const melody::Melody& melody : melodies())
    references.push_back(retrieval::contour_of(melody.notes, config));
  retrieval::PitchContour query;
  for (const float pitch : dsp::with_rests(hum(), dsp::Rests::kRemove).pitch_midi)
    query.semitones.push_back(pitch);
  for (auto _ : state)
    benchmark::DoNotOptimize(retrieval::search_contours({&query, 1}, references, config).scores.data());
  tell(state, references.size());
}
BENCHMARK_CAPTURE(matching, baseline, {})
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(matching, stronger, {.cap_semitones = 3, .centring_steps = 2})
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

embedding::ContourEmbedder embedder() {
  auto encoder = std::make_shared<models::ContourCnn>(models::ContourCnnConfig{}, models::EncoderShape{}, 1);
  encoder->eval();
  return {encoder, embedding::ContourFrontEnd{}, torch::kCPU};
}

std::vector<retrieval::FingerprintSequence> at_all_tempos(const embedding::ContourEmbedder& embedder,
                                                          const dsp::Contour& hum) {
  std::vector<retrieval::FingerprintSequence> sequences;
  for (const double scale : retrieval::tempo_scales({.tempo_scales = kTempos}))
    sequences.push_back(embedder.embed(dsp::stretched(hum, scale)));
  return sequences;
}

void embedding_of_query(benchmark::State& state) {
  if (!data_is_there(state)) return;
  torch::set_num_threads(static_cast<int>(state.range(0)));
  const embedding::ContourEmbedder model = embedder();
  const dsp::Contour contour = hum();
  for (auto _ : state) benchmark::DoNotOptimize(at_all_tempos(model, contour).data());
}
BENCHMARK(embedding_of_query)
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

/// The query at all tempos among stored sequences, a search for each tempo as in an evaluation.
void encoder_search(benchmark::State& state) {
  if (!data_is_there(state)) return;
  const embedding::ContourEmbedder model = embedder();
  const auto queries = at_all_tempos(model, hum());
  retrieval::ExactIndex index({.correlation = retrieval::Correlation::kCross});
  for (const melody::Melody& melody : melodies()) index.add(model.embed(model.contour_of(melody.notes)));
  const oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism,
                                            static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    for (const retrieval::FingerprintSequence& query : queries)
      benchmark::DoNotOptimize(index.search({&query, 1}, index.size(), {}).data());
  }
  tell(state, static_cast<size_t>(index.size()));
}
BENCHMARK(encoder_search)
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace melomine
