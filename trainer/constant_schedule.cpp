#include "trainer/schedule.h"

namespace melomine::trainer {
namespace {

/// The full rate throughout.
class Constant : public configs::KindOf<Constant, ScheduleKind, configs::NoSettings> {
 public:
  double factor(const ScheduleTime&) const override { return 1; }
};

}  // namespace

configs::KindEntry constant_kind() {
  return configs::kind<Constant>("constant", "the full rate throughout");
}

}  // namespace melomine::trainer
