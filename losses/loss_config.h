#pragma once

#include "configs/choice.h"
#include "losses/loss_kind.h"
#include "losses/miner_kind.h"

namespace melomine::losses {

/// One entry of a YAML list of losses, `{type: nt_xent, temperature: 0.05, weight: 1}`.
struct LossConfig {
  configs::Choice<LossKind> loss{"nt_xent"};
  double weight = 1;
  MinerConfig miner;  ///< of losses that learn from pairs
};
void bind(configs::Binder& b, LossConfig& c);

}  // namespace melomine::losses
