#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "configs/config.h"
#include "core/error.h"
#include "datasets/batch_maker.h"
#include "datasets/group_sampler.h"
#include "dsp/feature_kind.h"
#include "embedding/crepe_front_end.h"
#include "evaluation/hum_search.h"
#include "experiments/experiment_config.h"
#include "losses/domain_adversarial.h"
#include "losses/focal.h"
#include "losses/nt_xent.h"
#include "losses/triplet.h"
#include "models/conformer.h"
#include "models/resnet.h"

namespace melomine::experiments {
namespace {

namespace fs = std::filesystem;
using configs::Value;

/// Every YAML file that is shipped. Tests run in the project's root.
std::vector<fs::path> shipped_files() {
  std::vector<fs::path> files;
  for (const char* folder : {"experiments", "experiments/ablations", "configs/presets"}) {
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

ExperimentConfig load(const std::string& path, const std::vector<std::string>& settings = {}) {
  return configs::load_config<ExperimentConfig>(path, settings);
}

datasets::FrontEnd& image_of(ExperimentConfig& config) {
  return config.front_end.settings<datasets::FrontEnd>();
}
const datasets::FrontEnd& image_of(const ExperimentConfig& config) {
  return config.front_end.settings<datasets::FrontEnd>();
}

std::string load_error(const std::vector<std::string>& settings) {
  try {
    load("experiments/demo.yaml", settings);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

void collect_paths(const Value& value, const std::string& path, std::vector<std::string>& paths) {
  if (!path.empty()) paths.push_back(path);
  for (size_t i = 0; i < value.items.size(); ++i) {
    const std::string child =
        value.is_map() ? path + "." + value.keys[i] : path + "[" + std::to_string(i) + "]";
    collect_paths(value.items[i], child, paths);
  }
}

TEST(ExperimentFiles, EveryOneLoadsAndReadsBackToTheSameRun) {
  const auto files = shipped_files();
  ASSERT_GE(files.size(), 5u);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file);
    const ExperimentConfig config = load(file.string());
    const std::string resolved = configs::to_yaml(config);
    EXPECT_EQ(configs::to_yaml(configs::parse_config<ExperimentConfig>(resolved, "resolved")), resolved);
    const std::string commented = configs::to_yaml(config, true);
    EXPECT_EQ(configs::to_yaml(configs::parse_config<ExperimentConfig>(commented, "commented")), resolved);
  }
}

TEST(ExperimentFiles, EveryOneDescribesFeaturesThatExist) {
  for (const fs::path& file : shipped_files()) {
    SCOPED_TRACE(file);
    const ExperimentConfig config = load(file.string());
    if (config.front_end.type() != "image") continue;
    EXPECT_GT(dsp::make_feature_extractor(image_of(config).features)->bins(), 0);
    EXPECT_GT(datasets::window_frames(image_of(config).window, image_of(config).features), 0);
  }
}

TEST(ExperimentFiles, RunsDoNotShareAFolder) {
  std::vector<std::string> folders;
  for (const fs::path& file : shipped_files()) {
    if (file.string().rfind("experiments/", 0) != 0) continue;
    const ExperimentConfig config = load(file.string());
    folders.push_back(config.runs + "/" + config.name);
  }
  std::sort(folders.begin(), folders.end());
  EXPECT_EQ(std::adjacent_find(folders.begin(), folders.end()), folders.end());
}

TEST(ExperimentFiles, TheBasePresetNamesEverySetting) {
  const std::string file = "configs/presets/chad.yaml";
  const ExperimentConfig config = load(file);
  std::vector<std::string> known, named;
  collect_paths(configs::detail::document_of(config), "", known);
  collect_paths(configs::load_document(file), "", named);
  std::sort(known.begin(), known.end());
  std::sort(named.begin(), named.end());
  EXPECT_EQ(named, known);
}

TEST(ExperimentFiles, ChadHasThePapersSettings) {
  const ExperimentConfig m_short = load("experiments/chad_short.yaml");
  EXPECT_EQ(image_of(m_short).window.length_s, 3);
  EXPECT_EQ(image_of(m_short).window.step_s, 0.25);
  EXPECT_EQ(dsp::make_feature_extractor(image_of(m_short).features)->bins(), 84);
  EXPECT_EQ(datasets::window_frames(image_of(m_short).window, image_of(m_short).features), 94);
  EXPECT_EQ(m_short.encoder.network.type(), "resnet18");
  EXPECT_EQ(m_short.encoder.network.settings<models::ResNetConfig>().width, 64);
  EXPECT_EQ(m_short.encoder.shape.embedding_dim, 128);
  EXPECT_EQ(m_short.train.optimizer.learning_rate, 1e-3);
  EXPECT_EQ(m_short.train.length, trainer::epochs(100));
  const auto& sampler = m_short.sampler.sampler.settings<datasets::GroupSamplerConfig>();
  EXPECT_EQ(sampler.groups_per_batch * sampler.max_fragments, 32);
  ASSERT_EQ(m_short.losses.size(), 1u);
  EXPECT_EQ(m_short.losses[0].loss.type(), "nt_xent");
  const auto& nt_xent = m_short.losses[0].loss.settings<losses::NtXentConfig>();
  EXPECT_EQ(nt_xent.temperature, 0.05);
  EXPECT_EQ(nt_xent.denominator, losses::Denominator::kNegatives);
  EXPECT_EQ(m_short.losses[0].miner.miner.type(), "multi_similarity");

  // M_long is M_short with other windows, and nothing else.
  ExperimentConfig m_long = load("experiments/chad_long.yaml");
  EXPECT_EQ(image_of(m_long).window.length_s, 8);
  EXPECT_EQ(image_of(m_long).window.step_s, 0.64);
  image_of(m_long).window = image_of(m_short).window;
  m_long.name = m_short.name;
  EXPECT_EQ(configs::to_yaml(m_long), configs::to_yaml(m_short));
}

TEST(ExperimentFiles, ChadCrepeIsMShortWithAnotherFrontEnd) {
  const ExperimentConfig m_short = load("experiments/chad_short.yaml");
  ExperimentConfig crepe = load("experiments/chad_crepe.yaml");
  const auto& front_end = crepe.front_end.settings<embedding::CrepeFrontEnd>();
  EXPECT_EQ(front_end.hears, embedding::CrepeHears::kClips);
  EXPECT_EQ(front_end.window.step_s, 0.25);
  EXPECT_EQ(embedding::window_columns(front_end), 75);
  crepe.front_end = m_short.front_end;
  crepe.name = m_short.name;
  EXPECT_EQ(configs::to_yaml(crepe), configs::to_yaml(m_short));
  const ExperimentConfig m_long =
      load("experiments/chad_crepe.yaml", {"front_end.window.length_s=8", "front_end.window.step_s=0.64"});
  EXPECT_EQ(embedding::window_columns(m_long.front_end.settings<embedding::CrepeFrontEnd>()), 200);
}

TEST(ExperimentFiles, KungHasTheThesissSettings) {
  const ExperimentConfig kung = load("experiments/kung_conformer.yaml");
  EXPECT_EQ(image_of(kung).window.length_s, 8);
  EXPECT_EQ(image_of(kung).window.step_s, 3);
  EXPECT_EQ(dsp::make_feature_extractor(image_of(kung).features)->bins(), 96);
  EXPECT_EQ(dsp::make_feature_extractor(image_of(kung).features)->hop_samples(), 256);
  EXPECT_EQ(datasets::window_frames(image_of(kung).window, image_of(kung).features), 500);
  EXPECT_EQ(kung.data.rendition, datasets::Rendition::kVocals);
  EXPECT_EQ(kung.sampler.voice.min_rms, 0.02);
  ASSERT_EQ(kung.encoder.network.type(), "conformer");
  const auto& net = kung.encoder.network.settings<models::ConformerConfig>();
  EXPECT_EQ(net.layers, 4);
  EXPECT_EQ(net.d_model, 128);
  EXPECT_EQ(net.feed_forward, 256);
  EXPECT_EQ(net.heads, 4);
  EXPECT_EQ(net.attention, models::Positions::kRelative);
  EXPECT_EQ(net.block, models::LayerType::kConformer);
  EXPECT_TRUE(net.harmonic_blocks && net.prelayer);
  EXPECT_EQ(kung.encoder.shape.embedding_dim, 128);
  ASSERT_EQ(kung.losses.size(), 3u);
  EXPECT_EQ(kung.losses[0].loss.settings<losses::FocalConfig>().gamma, 2);
  EXPECT_EQ(kung.losses[0].loss.settings<losses::FocalConfig>().alpha, 1);
  EXPECT_EQ(kung.losses[1].loss.settings<losses::TripletConfig>().margin, 0.3);
  EXPECT_EQ(kung.losses[2].loss.settings<losses::DomainAdversarialConfig>().lambda, 1);
  EXPECT_EQ(kung.losses[0].weight, 1);
  EXPECT_EQ(kung.losses[1].weight, 0.3);
  EXPECT_EQ(kung.losses[2].weight, 0.1);
}

TEST(ExperimentFiles, ConformersTakeTheBinsOfTheirFeatures) {
  int conformers = 0;
  for (const fs::path& file : shipped_files()) {
    const ExperimentConfig config = load(file.string());
    if (config.encoder.network.type() != "conformer") continue;
    ++conformers;
    EXPECT_EQ(config.encoder.network.settings<models::ConformerConfig>().bins,
              dsp::make_feature_extractor(image_of(config).features)->bins())
        << file;
  }
  EXPECT_GE(conformers, 7);
}

TEST(ExperimentFiles, AblationsOfKungChangeOneThingEach) {
  const auto without_name = [](const std::string& file, const std::vector<std::string>& settings = {}) {
    ExperimentConfig config = load("experiments/" + file, settings);
    config.name = "x";
    return configs::to_yaml(config);
  };
  const std::string whole = "ablations/kung.yaml";
  EXPECT_EQ(without_name(whole), without_name("kung_conformer.yaml"));
  EXPECT_EQ(without_name("ablations/kung_no_harmonic.yaml"),
            without_name(whole, {"encoder.harmonic_blocks=false"}));
  EXPECT_EQ(without_name("ablations/kung_transformer.yaml"),
            without_name("ablations/kung_no_harmonic.yaml",
                         {"encoder.block=transformer", "encoder.attention=absolute"}));
  EXPECT_EQ(without_name("ablations/kung_no_prelayer.yaml"), without_name(whole, {"encoder.prelayer=false"}));
  ExperimentConfig kung = load("experiments/" + whole),
                   no_domain = load("experiments/ablations/kung_no_domain.yaml");
  kung.losses.pop_back();
  no_domain.name = kung.name;
  EXPECT_EQ(configs::to_yaml(no_domain), configs::to_yaml(kung));
}

std::vector<std::string> names_of(const EvaluationSetConfig& set) {
  std::vector<std::string> names;
  for (const auto& system : set.settings.systems) names.push_back(system.name());
  return names;
}

TEST(ExperimentFiles, ChadFusedAsksTheEncodersOfBothRunsByTheLengthOfTheQuery) {
  const ExperimentConfig fused = load("experiments/chad_fused.yaml");
  ASSERT_EQ(fused.evaluate.sets.size(), 1u);
  EXPECT_EQ(names_of(fused.evaluate.sets[0]),
            (std::vector<std::string>{"baseline", "short", "long", "fused"}));
  const auto& systems = fused.evaluate.sets[0].settings.systems;
  for (const size_t i : {1u, 2u}) {
    const std::string run = i == 1 ? "chad_short" : "chad_long";
    EXPECT_EQ(load("experiments/" + run + ".yaml").name, run);
    EXPECT_EQ(systems[i].checkpoint(), "runs/" + run + "/round_00/train/last.safetensors");
  }
  EXPECT_EQ(systems[3].type(), "by_length");
  EXPECT_TRUE(evaluation::systems_of_own_model(systems).empty()) << "it trains nothing of its own";
  // The same songs are held out, or its sets would ask for what an encoder has learned.
  EXPECT_EQ(configs::to_yaml(fused.data), configs::to_yaml(load("experiments/chad_long.yaml").data));
  EXPECT_EQ(fused.seed, load("experiments/chad_long.yaml").seed);
}

TEST(ExperimentFiles, ChadMidiComparesByDtwAndAddsTheBaseline) {
  const ExperimentConfig midi = load("experiments/chad_midi.yaml");
  for (const auto& set : midi.evaluate.sets) {
    EXPECT_EQ(names_of(set), (std::vector<std::string>{"baseline", "pearson", "dtw", "dtw_banded", "fused"}));
    const auto& dtw = set.settings.systems[2].settings<evaluation::HumSearchConfig>();
    EXPECT_EQ(dtw.similarity.correlation, retrieval::Correlation::kDtw);
    EXPECT_EQ(dtw.similarity.dtw_band, 0);
    EXPECT_GT(set.settings.systems[3].settings<evaluation::HumSearchConfig>().similarity.dtw_band, 0);
  }
}

TEST(ExperimentFiles, ChadCqt36HasThreeBinsASemitoneAndASmallStem) {
  const ExperimentConfig config = load("experiments/chad_cqt36.yaml");
  EXPECT_EQ(dsp::make_feature_extractor(image_of(config).features)->bins(), 3 * 84);
  EXPECT_EQ(config.encoder.network.settings<models::ResNetConfig>().stem, models::Stem::kSmall);
  EXPECT_EQ(config.encoder.shape.embedding_dim, 128);
}

TEST(ExperimentConfig, MistakesNameTheSettingAndTheRemedy) {
  EXPECT_EQ(load_error({}), "");
  EXPECT_EQ(load_error({"train.device=cpu", "train.precision=bfloat16"}),
            "command line: train.precision = bfloat16: bfloat16 needs device: cuda; use float32 on the CPU");
  EXPECT_EQ(load_error({"losses[0].temperature=-0.1"}),
            "command line: losses[0].temperature = -0.1: must be > 0");
  EXPECT_EQ(
      load_error({"losses[0].type=ntxent"}),
      "command line: losses[0].type = ntxent: must be one of arcface, clews, confidence, domain_adversarial, "
      "focal, max_hinge_triplet, multi_similarity, nt_xent, supcon, triplet; did you mean 'nt_xent'?");
  EXPECT_EQ(load_error({"train.lenght=5e"}),
            "command line: train.lenght: unknown key; did you mean 'length'?");
  EXPECT_NE(load_error({"losses=[]"}).find("losses: at least one is needed"), std::string::npos);
  EXPECT_NE(load_error({"data.validation_songs=0"}).find("validate_every needs data.validation_songs > 0"),
            std::string::npos);
  EXPECT_NE(load_error({"name=a/b"}).find("must be a plain folder name"), std::string::npos);
}

TEST(ExperimentConfig, AnotherLossTakesItsOwnFields) {
  const ExperimentConfig config =
      load("experiments/demo.yaml", {"losses[0].type=triplet", "losses[0].margin=0.2"});
  EXPECT_EQ(config.losses[0].loss.settings<losses::TripletConfig>().margin, 0.2);
  EXPECT_EQ(config.losses[0].miner.miner.type(), "multi_similarity");
  EXPECT_EQ(load_error({"losses[0].margin=0.2"}),
            "command line: losses[0].margin: only for type: arcface, max_hinge_triplet, triplet");
}

}  // namespace
}  // namespace melomine::experiments
