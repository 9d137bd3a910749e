#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "configs/config.h"
#include "losses/loss.h"
#include "losses/loss_config.h"
#include "losses/multi_similarity_miner.h"
#include "tests/support/run_command.h"
#include "tests/support/temp_folder.h"

namespace melomine::losses {
namespace {

using nlohmann::json;

constexpr double kTolerance = 1e-10;
constexpr int kNoTorch = 77;  ///< exit status of the script where python3-torch is not installed

template <class T>
json rows_of(const torch::Tensor& matrix) {
  json rows = json::array();
  for (int64_t i = 0; i < matrix.size(0); ++i) {
    const auto row = matrix[i].contiguous();
    rows.push_back(std::vector<T>(row.data_ptr<T>(), row.data_ptr<T>() + row.numel()));
  }
  return rows;
}

/// One loss on one batch, for both sides.
struct Case {
  LossConfig config;
  std::shared_ptr<Loss> loss;
  torch::Tensor rows;  ///< [16, 6] of any norm: both sides normalise them, and gradients are of them
  LossInput input;
  json told;  ///< what the script needs of it
};

/// A batch of 16 rows: groups of uneven sizes, songs of several groups, recordings of several clips.
LossInput planted_batch(const torch::Tensor& rows, bool mined) {
  LossInput input;
  input.z = torch::nn::functional::normalize(rows);
  const auto groups = torch::randint(0, 6, {16}, torch::kInt64);
  input.songs = groups.div(2, "floor");
  input.recordings = input.songs * 3 + torch::randint(0, 3, {16}, torch::kInt64);
  input.pairs = group_pairs(groups);
  if (mined) input.pairs = MultiSimilarityMiner({.epsilon = 0.1}).mine(input.z, input.pairs);
  return input;
}

Case made(const std::string& yaml, const json& settings, uint64_t seed, bool mined) {
  torch::manual_seed(seed);
  Case one{.config = configs::parse_config<LossConfig>(yaml, "case.yaml"),
           .loss = {},
           .rows = {},
           .input = {},
           .told = settings};
  one.rows = torch::randn({16, 6}, torch::kFloat64).requires_grad_();
  one.input = planted_batch(one.rows, mined);
  one.loss = one.config.loss->make({.embedding_dim = 6});
  one.loss->to(torch::kFloat64);
  one.told["type"] = one.config.loss.type();
  one.told["rows"] = rows_of<double>(one.rows.detach());
  one.told["positive"] = rows_of<bool>(one.input.pairs.positive);
  one.told["negative"] = rows_of<bool>(one.input.pairs.negative);
  one.told["songs"] = rows_of<int64_t>(one.input.songs.unsqueeze(0))[0];
  one.told["recordings"] = rows_of<int64_t>(one.input.recordings.unsqueeze(0))[0];
  one.told["parameters"] = json::object();
  for (const auto& parameter : one.loss->named_parameters())
    one.told["parameters"][parameter.key()] = parameter.value().item<double>();
  return one;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  constexpr uint64_t kPairSeed = 1, kSetSeed = 3;
  for (const bool mined : {false, true}) {
    cases.push_back(made("{type: max_hinge_triplet, margin: 0.5, hinge_of: hardest}",
                         {{"margin", 0.5}, {"hinge_of", "hardest"}}, kPairSeed, mined));
    cases.push_back(made("{type: max_hinge_triplet, margin: 0.7, hinge_of: mean}",
                         {{"margin", 0.7}, {"hinge_of", "mean"}}, kPairSeed, mined));
    cases.push_back(made("{type: confidence, temperature: 0.2}", json::object(), kPairSeed, mined));
    cases.push_back(made("{type: supcon, temperature: 0.1, form: out}",
                         {{"temperature", 0.1}, {"form", "out"}}, kPairSeed, mined));
    cases.push_back(made("{type: supcon, temperature: 0.1, form: in}", {{"temperature", 0.1}, {"form", "in"}},
                         kPairSeed, mined));
    cases.push_back(made("{type: multi_similarity, alpha: 2, beta: 50, base: 0.5}",
                         {{"alpha", 2}, {"beta", 50}, {"base", 0.5}}, kPairSeed, mined));
  }
  for (const std::string distance : {"mean", "min", "mean_min", "best_pairs"})
    for (const int pairs : {2, 5})
      cases.push_back(made("{type: clews, positive_distance: " + distance +
                               ", negative_distance: min, best_pairs: " + std::to_string(pairs) + "}",
                           {{"positive_distance", distance},
                            {"negative_distance", "min"},
                            {"best_pairs", pairs},
                            {"gamma", 5},
                            {"epsilon", 1e-6}},
                           kSetSeed, false));
  cases.push_back(made("{type: clews, negative_distance: best_pairs, gamma: 2}",
                       {{"positive_distance", "best_pairs"},
                        {"negative_distance", "best_pairs"},
                        {"best_pairs", 5},
                        {"gamma", 2},
                        {"epsilon", 1e-6}},
                       kSetSeed, false));
  return cases;
}

/// Values and gradients against PyTorch's autograd over loops that are written from the formulas
/// (tests/losses/torch_losses.py).
TEST(GoldenTorchLosses, ValuesAndGradientsAreThoseOfPyTorch) {
  const char* python = "/usr/bin/python3";  // Debian's, for which python3-torch is
  if (!std::filesystem::exists(python)) GTEST_SKIP() << python << " is not there";
  const testing::TempFolder folder;
  std::vector<Case> cases = all_cases();
  json told = json::array();
  for (const Case& one : cases) told.push_back(one.told);
  std::ofstream(folder / "cases.json") << told;
  const testing::CommandResult run =
      testing::run_command({python, "tests/losses/torch_losses.py", (folder / "cases.json").string(),
                            (folder / "answers.json").string()});
  if (run.status == kNoTorch) GTEST_SKIP() << "python3-torch is not installed";
  ASSERT_EQ(run.status, 0) << run.output;
  std::ifstream file(folder / "answers.json");
  const json answers = json::parse(file);
  ASSERT_EQ(answers.size(), cases.size());
  double largest = 0;
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(std::to_string(i) + ", " + cases[i].config.loss.type());
    auto value = cases[i].loss->forward(cases[i].input);
    value.backward();
    const double expected = answers[i].at("value").get<double>();
    EXPECT_NEAR(value.item<double>(), expected, kTolerance);
    EXPECT_GT(expected, 0);
    const auto gradient = cases[i].rows.grad();
    for (int64_t row = 0; row < gradient.size(0); ++row)
      for (int64_t column = 0; column < gradient.size(1); ++column) {
        const double wanted = answers[i]
                                  .at("gradient")
                                  .at(static_cast<size_t>(row))
                                  .at(static_cast<size_t>(column))
                                  .get<double>();
        largest = std::max(largest, std::abs(gradient[row][column].item<double>() - wanted));
      }
    for (const auto& parameter : cases[i].loss->named_parameters())
      largest = std::max(largest, std::abs(parameter.value().grad().item<double>() -
                                           answers[i].at("parameters").at(parameter.key()).get<double>()));
    EXPECT_LT(largest, kTolerance);
  }
  RecordProperty("largest_difference_of_gradients", std::to_string(largest));
}

}  // namespace
}  // namespace melomine::losses
