#include "core/error.h"

#include <gtest/gtest.h>

#include "core/registry.h"

namespace melomine {
namespace {

TEST(EditDistance, CountsInsertDeleteReplaceAndSwap) {
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("temprature", "temperature"), 1);
  EXPECT_EQ(edit_distance("ab", "ba"), 1);
}

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
