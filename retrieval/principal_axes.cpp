#include "retrieval/principal_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace melomine::retrieval {
namespace {

using Vectors = std::vector<std::vector<double>>;

constexpr int64_t kSpareAxes = 8;  // found along with those that are wanted, which converge the faster for it
constexpr int kMostRounds = 300;
constexpr double kSettled = 1e-10;      // of the variance along the axes, from one round to the next
constexpr double kLeastSquare = 1e-24;  // squared length below which a vector is rounding

double inner_product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t d = 0; d < a.size(); ++d) sum += a[d] * b[d];
  return sum;
}

/// [points][dim] without their mean.
Vectors centred(std::span<const float> rows, size_t dim) {
  const size_t points = rows.size() / dim;
  Vectors all(points, std::vector<double>(dim));
  for (size_t d = 0; d < dim; ++d) {
    double mean = 0;
    for (size_t i = 0; i < points; ++i) mean += rows[i * dim + d];
    if (points > 0) mean /= static_cast<double>(points);
    for (size_t i = 0; i < points; ++i) all[i][d] = rows[i * dim + d] - mean;
  }
  return all;
}

/// Gram-Schmidt; a vector that lies in those before it becomes zero.
void orthonormalise(Vectors& axes) {
  for (size_t a = 0; a < axes.size(); ++a) {
    for (int pass = 0; pass < 2; ++pass)  // the second takes away what rounding left
      for (size_t before = 0; before < a; ++before) {
        const double along = inner_product(axes[a], axes[before]);
        for (size_t d = 0; d < axes[a].size(); ++d) axes[a][d] -= along * axes[before][d];
      }
    const double square = inner_product(axes[a], axes[a]);
    const double scale = square > kLeastSquare ? 1 / std::sqrt(square) : 0;
    for (double& value : axes[a]) value *= scale;
  }
}

/// The points' scatter times each axis: Σ x (x · a).
Vectors scattered(const Vectors& points, const Vectors& axes) {
  Vectors images(axes.size(), std::vector<double>(axes.empty() ? 0 : axes[0].size()));
  for (size_t a = 0; a < axes.size(); ++a)
    for (const auto& point : points) {
      const double along = inner_product(point, axes[a]);
      for (size_t d = 0; d < point.size(); ++d) images[a][d] += along * point[d];
    }
  return images;
}

double variance_along(const Vectors& points, const std::vector<double>& axis) {
  double sum = 0;
  for (const auto& point : points) sum += std::pow(inner_product(point, axis), 2);
  return sum;
}

/// Turns two vectors within their plane.
void turn(std::vector<double>& a, std::vector<double>& b, double angle) {
  const double cosine = std::cos(angle), sine = std::sin(angle);
  for (size_t d = 0; d < a.size(); ++d) {
    const double x = a[d], y = b[d];
    a[d] = cosine * x + sine * y;
    b[d] = cosine * y - sine * x;
  }
}

/// Turns axes within the space that they span until the points do not correlate along any two of them: Jacobi
/// rotations, one-sided (Hestenes 1958).
void uncorrelate(const Vectors& points, Vectors& axes) {
  constexpr int kMostSweeps = 40;
  constexpr double kUncorrelated = 1e-14;
  Vectors along(axes.size(), std::vector<double>(points.size()));
  for (size_t a = 0; a < axes.size(); ++a)
    for (size_t i = 0; i < points.size(); ++i) along[a][i] = inner_product(points[i], axes[a]);
  for (int sweep = 0, turned = 1; sweep < kMostSweeps && turned > 0; ++sweep) {
    turned = 0;
    for (size_t a = 0; a < axes.size(); ++a)
      for (size_t b = a + 1; b < axes.size(); ++b) {
        const double of_a = inner_product(along[a], along[a]), of_b = inner_product(along[b], along[b]);
        const double both = inner_product(along[a], along[b]);
        if (both * both <= kUncorrelated * of_a * of_b) continue;
        const double angle = 0.5 * std::atan2(2 * both, of_a - of_b);
        turn(along[a], along[b], angle);
        turn(axes[a], axes[b], angle);
        ++turned;
      }
  }
}

/// Orthogonal iteration (Golub and Van Loan, Matrix Computations, section 8.2).
Vectors principal_axes(const Vectors& points, size_t dim, size_t count) {
  Vectors axes(std::min(dim, count + kSpareAxes), std::vector<double>(dim));
  RandomStream random({0});
  for (auto& axis : axes)
    for (double& value : axis) value = random.normal();
  orthonormalise(axes);
  double before = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    axes = scattered(points, axes);
    orthonormalise(axes);
    double shown = 0;
    for (size_t a = 0; a < std::min(count, axes.size()); ++a) shown += variance_along(points, axes[a]);
    if (shown - before <= kSettled * shown) break;
    before = shown;
  }
  uncorrelate(points, axes);
  std::stable_sort(axes.begin(), axes.end(), [&](const auto& a, const auto& b) {
    return variance_along(points, a) > variance_along(points, b);
  });
  axes.resize(count, std::vector<double>(dim));
  return axes;
}

/// Points to where its largest component is positive.
void orient(std::vector<double>& axis) {
  const auto largest = std::max_element(axis.begin(), axis.end(),
                                        [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (largest == axis.end() || *largest >= 0) return;
  for (double& value : axis) value = -value;
}

}  // namespace

Projection project(std::span<const float> rows, int64_t dim, int64_t count) {
  if (dim < 1 || rows.size() % static_cast<size_t>(dim) != 0)
    throw ShapeError(fmt::format("[projection] {} numbers are no points of {}", rows.size(), dim));
  const Vectors points = centred(rows, static_cast<size_t>(dim));
  Vectors axes = principal_axes(points, static_cast<size_t>(dim), static_cast<size_t>(count));
  for (auto& axis : axes) orient(axis);
  Projection projection;
  projection.coordinates.reserve(points.size());
  for (const auto& point : points) {
    std::vector<double> along;
    along.reserve(axes.size());
    double square = inner_product(point, point);
    for (const auto& axis : axes) {
      along.push_back(inner_product(point, axis));
      square -= along.back() * along.back();
    }
    projection.rest.push_back(std::sqrt(std::max(0.0, square)));
    projection.coordinates.push_back(std::move(along));
  }
  return projection;
}

std::vector<double> shares_of_variance(const Projection& projection) {
  if (projection.coordinates.empty()) return {};
  std::vector<double> shares(projection.coordinates[0].size());
  double all = 0;
  for (size_t i = 0; i < projection.coordinates.size(); ++i) {
    for (size_t a = 0; a < shares.size(); ++a) {
      const double square = std::pow(projection.coordinates[i][a], 2);
      shares[a] += square;
      all += square;
    }
    all += std::pow(projection.rest[i], 2);
  }
  for (double& share : shares) share = all > 0 ? share / all : 0;
  return shares;
}

}  // namespace melomine::retrieval
