#include "retrieval/principal_axes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace melomine::retrieval {
namespace {

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double square = 0;
  for (size_t d = 0; d < a.size(); ++d) square += std::pow(a[d] - b[d], 2);
  return std::sqrt(square);
}

/// Points that spread by `sd` along directions that are no axes of the space.
std::vector<float> cloud(size_t points, const std::vector<double>& sd, size_t dim, uint64_t seed) {
  RandomStream random({seed});
  std::vector<float> rows;
  rows.reserve(points * dim);
  for (size_t i = 0; i < points; ++i) {
    std::vector<double> along;
    along.reserve(sd.size());
    for (const double s : sd) along.push_back(random.normal(0, s));
    for (size_t d = 0; d < dim; ++d) {  // columns of a discrete cosine transform, which are orthonormal
      double value = 5;
      for (size_t a = 0; a < sd.size(); ++a)
        value += along[a] * std::sqrt(2.0 / static_cast<double>(dim)) *
                 std::cos(M_PI * (static_cast<double>(d) + 0.5) * static_cast<double>(a + 1) /
                          static_cast<double>(dim));
      rows.push_back(static_cast<float>(value));
    }
  }
  return rows;
}

TEST(PrincipalAxes, ACrossLiesOnItsAxes) {
  // ±3 along (0.6, 0.8), ±1 along (-0.8, 0.6), about (10, 20).
  const std::vector<float> rows = {11.8F, 22.4F, 8.2F, 17.6F, 9.2F, 20.6F, 10.8F, 19.4F};
  const Projection found = project(rows, 2, 2);
  EXPECT_NEAR(found.coordinates[0][0], 3, 1e-5);
  EXPECT_NEAR(found.coordinates[1][0], -3, 1e-5);
  EXPECT_NEAR(found.coordinates[2][1], -found.coordinates[3][1], 1e-5);
  EXPECT_NEAR(std::abs(found.coordinates[2][1]), 1, 1e-5);
  EXPECT_NEAR(found.coordinates[0][1], 0, 1e-5);
  EXPECT_NEAR(found.rest[0], 0, 1e-3);
  const auto shares = shares_of_variance(found);
  EXPECT_NEAR(shares[0], 0.9, 1e-6);
  EXPECT_NEAR(shares[1], 0.1, 1e-6);
}

TEST(PrincipalAxes, FindThePlantedSpreadAmongManyDimensions) {
  const auto rows = cloud(400, {4, 2, 1, 0.5}, 64, 7);
  const Projection two = project(rows, 64, 2), all = project(rows, 64, 4);
  const auto shares = shares_of_variance(two), of_all = shares_of_variance(all);
  EXPECT_NEAR(shares[0], 16 / 21.25, 0.03);
  EXPECT_NEAR(shares[1], 4 / 21.25, 0.03);
  EXPECT_NEAR(of_all[0] + of_all[1] + of_all[2] + of_all[3], 1, 1e-6);
  EXPECT_NEAR(of_all[1], shares[1], 1e-6) << "what else is asked for changes nothing";
  for (size_t i = 1; i < 20; ++i) {  // distances are kept by all axes together
    double square = 0;
    for (size_t d = 0; d < 64; ++d) square += std::pow(rows[d] - rows[i * 64 + d], 2);
    EXPECT_NEAR(distance(all.coordinates[0], all.coordinates[i]), std::sqrt(square), 1e-3);
  }
}

TEST(PrincipalAxes, EqualPointsAreEqualTwice) {
  const auto rows = cloud(100, {1, 1, 1}, 16, 3);
  EXPECT_EQ(project(rows, 16, 2).coordinates, project(rows, 16, 2).coordinates);
}

TEST(PrincipalAxes, WhatDoesNotVaryShowsNothing) {
  const Projection same = project(std::vector<float>(30, 2.0F), 3, 2);
  EXPECT_EQ(shares_of_variance(same), (std::vector<double>{0, 0}));
  const Projection line = project(std::vector<float>{1, 0, 2, 0, 4, 0}, 2, 5);  // more axes than dimensions
  EXPECT_EQ(line.coordinates[0].size(), 5u);
  EXPECT_NEAR(shares_of_variance(line)[0], 1, 1e-9);
  EXPECT_TRUE(project({}, 3, 2).coordinates.empty());
}

TEST(PrincipalAxes, RefuseWhatIsNoMatrix) {
  EXPECT_THROW(project(std::vector<float>(7), 3, 2), ShapeError);
  EXPECT_THROW(project(std::vector<float>(7), 0, 2), ShapeError);
}

}  // namespace
}  // namespace melomine::retrieval
