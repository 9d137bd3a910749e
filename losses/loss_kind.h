#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "configs/choice.h"

namespace melomine::losses {

class Loss;

/// What losses with parameters must know to make them.
struct LossContext {
  int64_t embedding_dim = 128;  ///< D
  int64_t song_classes = 0;     ///< songs of the training set; arcface and focal need at least 2
  int64_t domains = 2;          ///< singing and humming
  uint64_t seed = 0;            ///< the parameters' start is drawn from it alone
  bool knows_places = false;    ///< of some groups it is known where in their song's original they lie
};

/// What a loss learns from. Pairs pass through a miner first.
enum class LearnsFrom { kPairs, kLabels };

/// A kind of loss with its settings.
class LossKind : public configs::Kind {
 public:
  /// losses/catalog.cpp
  static const configs::Catalogue& catalogue();
  virtual LearnsFrom learns_from() const = 0;
  /// @throws ConfigError for settings out of range, and a context that the loss cannot do with
  virtual std::shared_ptr<Loss> make(const LossContext& context) const = 0;
};

/// The kind of the loss L, which is made of its config, or of config and context.
template <class L, class Config, LearnsFrom from>
class LossKindOf : public configs::KindOf<LossKindOf<L, Config, from>, LossKind, Config> {
 public:
  LearnsFrom learns_from() const override { return from; }
  std::shared_ptr<Loss> make(const LossContext& context) const override {
    if constexpr (std::is_constructible_v<L, const Config&, const LossContext&>)
      return std::make_shared<L>(this->config, context);
    else
      return std::make_shared<L>(this->config);
  }
};

}  // namespace melomine::losses
