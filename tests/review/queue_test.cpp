#include "review/queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/review/review_rows.h"

namespace melomine::review {
namespace {

using ::testing::ElementsAre;
using testing::row_of_match;
using testing::row_of_original;

std::vector<datasets::FragmentRow> rows() {
  const auto a = row_of_original("a", {10, 20}), b = row_of_original("b", {5, 14});
  return {a,
          row_of_match(a, "a_1", 30, 0.8),   // found …
          row_of_match(a, "a_1", 50, 0.64),  // … so this adds no recording
          row_of_match(a, "a_2", 30, 0.45),
          row_of_match(a, "a_2", 60, 0.6),
          b,
          row_of_match(b, "b_1", 10, 0.66),
          row_of_match(b, "b_2", 10, 0.5)};
}

std::vector<double> correlations(const std::vector<QueuedPair>& pairs) {
  std::vector<double> values;
  values.reserve(pairs.size());
  for (const QueuedPair& pair : pairs) values.push_back(pair.correlation);
  return values;
}

TEST(ReviewQueue, ActiveOrderBeginsNearThresholdWithWhatIsMissing) {
  auto pairs = pairs_of(rows(), Among::kUncertain);
  order_pairs(pairs, {.relevant = 0.65});
  EXPECT_THAT(correlations(pairs), ElementsAre(0.6, 0.5, 0.64, 0.45));
  pairs = pairs_of(rows(), Among::kAll);
  order_pairs(pairs, {.relevant = 0.65});
  EXPECT_THAT(correlations(pairs), ElementsAre(0.66, 0.6, 0.8, 0.5, 0.64, 0.45));
}

TEST(ReviewQueue, WhatMiningHeldUncertainAboveThresholdIsFirst) {
  auto all = rows();
  all[4].correlation = 0.9;
  auto pairs = pairs_of(all, Among::kUncertain);
  order_pairs(pairs, {.relevant = 0.65});
  EXPECT_EQ(pairs[0].correlation, 0.9);
}

TEST(ReviewQueue, OrdersDoNotDependOnTheRows) {
  const auto whole = rows();
  std::vector<datasets::FragmentRow> turned(whole.begin() + 5, whole.end());
  turned.insert(turned.end(), whole.begin(), whole.begin() + 5);
  for (const Order order : {Order::kActive, Order::kRandom}) {
    auto a = pairs_of(whole, Among::kAll), b = pairs_of(turned, Among::kAll);
    order_pairs(a, {.order = order, .relevant = 0.65, .seed = 3});
    order_pairs(b, {.order = order, .relevant = 0.65, .seed = 3});
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].id, b[i].id);
  }
}

TEST(ReviewQueue, IdsTellPairsApart) {
  std::set<std::string> ids;
  for (const QueuedPair& pair : pairs_of(rows(), Among::kAll)) {
    EXPECT_EQ(pair.id.size(), 16U);
    ids.insert(pair.id);
  }
  EXPECT_EQ(ids.size(), 6U);
}

}  // namespace
}  // namespace melomine::review
