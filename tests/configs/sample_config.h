#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/config.h"
#include "core/error.h"

namespace melomine::configs {

/// A struct with every kind of field a Binder knows, for the tests of this room.
enum class Denominator { kNegatives, kStandard };

struct SampleLoss {
  std::string type = "nt_xent";
  double temperature = 0.05;
  Denominator denominator = Denominator::kNegatives;

  friend bool operator==(const SampleLoss&, const SampleLoss&) = default;
};

inline void bind(Binder& b, SampleLoss& c) {
  b.choice("type", c.type, {"arcface", "nt_xent", "triplet"}, "which loss");
  b.number("temperature", c.temperature, above(0), "softmax temperature τ");
  b.enumeration("denominator", c.denominator,
                {{"negatives", Denominator::kNegatives}, {"standard", Denominator::kStandard}},
                "pairs in the denominator");
}

/// A family of two kinds, each with settings of its own.
class ModelKind : public Kind {
 public:
  static const Catalogue& catalogue();
  virtual std::string describe() const = 0;
};

struct ConvConfig {
  int64_t kernel = 3;
};
inline void bind(Binder& b, ConvConfig& c) {
  b.integer("kernel", c.kernel, at_least(1), "size of a filter");
}
class ConvKind : public KindOf<ConvKind, ModelKind, ConvConfig> {
 public:
  std::string describe() const override { return "conv of " + std::to_string(config.kernel); }
};

struct AttentionConfig {
  int64_t heads = 4;
};
inline void bind(Binder& b, AttentionConfig& c) {
  b.integer("heads", c.heads, at_least(1), "attention heads");
}
class AttentionKind : public KindOf<AttentionKind, ModelKind, AttentionConfig> {
 public:
  std::string describe() const override { return "attention of " + std::to_string(config.heads); }
};

inline const Catalogue& ModelKind::catalogue() {
  static const Catalogue kinds("model", {kind<AttentionKind>("attention", "looks everywhere"),
                                         kind<ConvKind>("conv", "looks nearby")});
  return kinds;
}

/// One of them, beside what all have.
struct SampleModel {
  Choice<ModelKind> network{"conv"};
  int64_t width = 64;
};

inline void bind(Binder& b, SampleModel& c) {
  b.variant(c.network);
  b.integer("width", c.width, at_least(1), "channels");
}
inline bool operator==(const SampleModel& a, const SampleModel& b) {
  return a.width == b.width && a.network->describe() == b.network->describe();
}

struct SampleTrain {
  int64_t steps = 1000;
  double min_rate = 0.8, max_rate = 1.25;
  bool resume = true;
  std::vector<double> milestones = {0.5, 0.75};

  friend bool operator==(const SampleTrain&, const SampleTrain&) = default;
};

inline void bind(Binder& b, SampleTrain& c) {
  b.integer("steps", c.steps, at_least(1), "optimizer steps");
  b.number("min_rate", c.min_rate, between(0.1, 10), "slowest tempo");
  b.number("max_rate", c.max_rate, between(0.1, 10), "fastest tempo");
  b.boolean("resume", c.resume, "continue where the run stopped");
  b.numbers("milestones", c.milestones, Range{0, 1, true, false}, "parts of the training");
  b.require(c.min_rate <= c.max_rate, "max_rate", "must not be below min_rate");
}

struct Sample {
  std::string name = "sample";
  SampleTrain train;
  std::vector<SampleLoss> losses = {SampleLoss{}};
  std::vector<std::string> sets;
  SampleModel model;

  friend bool operator==(const Sample&, const Sample&) = default;
};

inline void bind(Binder& b, Sample& c) {
  b.text("name", c.name, "of the run");
  b.nested("train", c.train, "optimisation");
  b.nested_list("losses", c.losses, "summed");
  b.texts("sets", c.sets, "to evaluate on");
  b.nested("model", c.model, "the network");
}

inline Sample defaults() {
  Sample sample;
  return sample;
}

/// The message of the ConfigError that `work` throws, "" when it throws none.
template <class Work>
std::string config_error(Work work) {
  try {
    work();
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

inline std::string parse_error(std::string_view yaml, const std::vector<std::string>& settings = {}) {
  return config_error([&] { parse_config<Sample>(yaml, "f.yaml", settings); });
}

}  // namespace melomine::configs
