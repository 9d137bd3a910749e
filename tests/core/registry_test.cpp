#include "core/registry.h"

#include <gtest/gtest.h>

namespace melomine {
namespace {

TEST(Registry, AnUnknownNameListsTheKnownAndSuggestsTheNearest) {
  const Registry<int> losses("loss", {{"nt_xent", 1}, {"triplet", 2}, {"focal", 3}});
  EXPECT_EQ(losses.get("triplet"), 2);
  try {
    losses.get("ntxent");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(), "unknown loss 'ntxent'; known: focal, nt_xent, triplet; did you mean 'nt_xent'?");
  }
}

}  // namespace
}  // namespace melomine
