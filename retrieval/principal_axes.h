#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace melomine::retrieval {

/// Where points lie in the plane, or the space of few dimensions, that shows most of how they differ.
struct Projection {
  std::vector<std::vector<double>> coordinates;  ///< [points][axes] from the points' mean
  std::vector<double> rest;                      ///< [points] length of what no axis shows
};

/// Principal component analysis: the axes along which the points vary most, in the order of their variance.
/// Equal points give equal numbers: an axis points to where its largest component is positive, and nothing
/// depends on threads. Axes beyond the points' rank show nothing.
/// @param rows   [points, dim], row-major
/// @param count  axes, > 0
/// @throws ShapeError where the rows are not of `dim` numbers
Projection project(std::span<const float> rows, int64_t dim, int64_t count);

/// Of all that the points vary by, what each axis shows: [axes] in [0, 1], falling; zeros of points that are
/// all the same.
std::vector<double> shares_of_variance(const Projection& projection);

}  // namespace melomine::retrieval
