#include "losses/all_pairs.h"

namespace melomine::losses {

configs::KindEntry none_kind() {
  return configs::kind<MinerKindOf<AllPairs, configs::NoSettings>>("none", "all pairs");
}

}  // namespace melomine::losses
