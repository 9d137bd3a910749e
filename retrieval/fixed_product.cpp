#include "retrieval/fixed_product.h"

#include <algorithm>
#include <array>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace melomine::retrieval {
namespace {

int64_t product_from(const int16_t* a, const int16_t* b, int64_t first, int64_t dim) {
  int64_t sum = 0;
  for (int64_t d = first; d < dim; ++d) sum += static_cast<int64_t>(a[d]) * b[d];
  return sum;
}

void products_baseline(const FixedProducts& p) {
  for (int64_t b = 0; b < p.b.steps; ++b)
    for (int64_t a = 0; a < p.a.steps; ++a)
      p.out[a * p.out_stride + b] = static_cast<int32_t>(product_from(p.a.row(a), p.b.row(b), 0, p.a.dim));
}

void slide_baseline(const FixedSlide& s) {
  const int64_t dim = s.shorter.dim;
  for (int64_t i = 0; i < s.lags; ++i)
    s.sums[i] = product_from(s.shorter.values, s.longer + i * dim, 0, s.shorter.steps * dim);
}

void row_sums_baseline(const FixedView& rows, double* sum, double* square) {
  for (int64_t t = 0; t < rows.steps; ++t) {
    int64_t x = 0;
    for (int64_t d = 0; d < rows.dim; ++d) x += rows.row(t)[d];
    sum[t] = static_cast<double>(x);
    square[t] = static_cast<double>(product_from(rows.row(t), rows.row(t), 0, rows.dim));
  }
}

#if defined(__x86_64__)
#define MELOMINE_AVX2 __attribute__((target("avx2"))) inline
#define MELOMINE_AVX2_INLINE __attribute__((target("avx2"), always_inline)) inline

/// Values that one instruction multiplies.
constexpr int64_t kValues = 16;
/// The dim of most models; its rows have a stride that the compiler knows.
constexpr int64_t kUsualDim = 128;
/// Rows that are asked of memory ahead of their use.
constexpr int64_t kAhead = 48;

MELOMINE_AVX2_INLINE __m256i load16(const int16_t* values) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values));
}
MELOMINE_AVX2_INLINE __m256i multiply_add(__m256i sums, __m256i a, __m256i b) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
}
MELOMINE_AVX2_INLINE void prefetch_row(const int16_t* row, int64_t dim) {
  for (int64_t d = 0; d < dim; d += 32) _mm_prefetch(reinterpret_cast<const char*>(row + d), _MM_HINT_T0);
}

/// [x0 + x2, y0 + y2, x1 + x3, y1 + y3] in each half
MELOMINE_AVX2_INLINE __m256i fold32(__m256i x, __m256i y) {
  return _mm256_add_epi32(_mm256_unpacklo_epi32(x, y), _mm256_unpackhi_epi32(x, y));
}
MELOMINE_AVX2_INLINE __m256i fold64(__m256i x, __m256i y) {
  return _mm256_add_epi32(_mm256_unpacklo_epi64(x, y), _mm256_unpackhi_epi64(x, y));
}
/// The eight sums of eight vectors.
MELOMINE_AVX2_INLINE __m256i sum_each(const __m256i* v) {
  const __m256i low = fold64(fold32(v[0], v[1]), fold32(v[2], v[3]));
  const __m256i high = fold64(fold32(v[4], v[5]), fold32(v[6], v[7]));
  return _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20),
                          _mm256_permute2x128_si256(low, high, 0x31));
}
MELOMINE_AVX2_INLINE int32_t sum_one(__m256i v) {
  __m128i x = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(x, _mm_shuffle_epi32(x, 0xb1)));
}
/// Four sums that may exceed 32 bits, though no lane does.
MELOMINE_AVX2_INLINE __m256i widen(__m256i v) {
  return _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)),
                          _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1)));
}
MELOMINE_AVX2_INLINE __m256i sum_each64(const __m256i* v) {
  const __m256i a = widen(v[0]), b = widen(v[1]), c = widen(v[2]), d = widen(v[3]);
  const __m256i ab = _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
  const __m256i cd = _mm256_add_epi64(_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
  return _mm256_add_epi64(_mm256_permute2x128_si256(ab, cd, 0x20), _mm256_permute2x128_si256(ab, cd, 0x31));
}

/// Two rows of the first, or one twice, with four of the second. @param dim  of which whole vectors are read
template <int64_t kDim>
MELOMINE_AVX2_INLINE __m256i product_tile(const int16_t* a0, const int16_t* a1, const int16_t* b,
                                          int64_t runtime_dim) {
  const int64_t dim = kDim > 0 ? kDim : runtime_dim;
  __m256i sums[8] = {};
#pragma GCC unroll 1
  for (int64_t d = 0; d + kValues <= dim; d += kValues) {
    const __m256i x0 = load16(a0 + d), x1 = load16(a1 + d);
#pragma GCC unroll 4
    for (int64_t j = 0; j < 4; ++j) {
      const __m256i y = load16(b + j * dim + d);
      sums[j] = multiply_add(sums[j], x0, y);
      sums[j + 4] = multiply_add(sums[j + 4], x1, y);
    }
  }
  return sum_each(sums);
}

template <int64_t kDim>
MELOMINE_AVX2 void product_blocks(const FixedProducts& p) {
  const int64_t dim = kDim > 0 ? kDim : p.a.dim;
  int64_t b = 0;
  for (; b + 4 <= p.b.steps; b += 4) {
    for (int64_t j = 0; j < 4; ++j) prefetch_row(p.b.row(b + kAhead + j), dim);
    for (int64_t a = 0; a < p.a.steps; a += 2) {
      const bool pair = a + 1 < p.a.steps;
      const __m256i tile = product_tile<kDim>(p.a.row(a), p.a.row(pair ? a + 1 : a), p.b.row(b), dim);
      int32_t* out = p.out + a * p.out_stride + b;
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(tile));
      if (pair)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + p.out_stride), _mm256_extracti128_si256(tile, 1));
    }
  }
  for (; b < p.b.steps; ++b)
    for (int64_t a = 0; a < p.a.steps; ++a) {
      __m256i sums = _mm256_setzero_si256();
      for (int64_t d = 0; d + kValues <= dim; d += kValues)
        sums = multiply_add(sums, load16(p.a.row(a) + d), load16(p.b.row(b) + d));
      p.out[a * p.out_stride + b] = sum_one(sums);
    }
}

MELOMINE_AVX2 void products_avx2(const FixedProducts& p) {
  if (p.a.dim == kUsualDim) return product_blocks<kUsualDim>(p);
  product_blocks<0>(p);
  const int64_t rest = p.a.dim / kValues * kValues;
  for (int64_t a = 0; a < p.a.steps && rest < p.a.dim; ++a)
    for (int64_t b = 0; b < p.b.steps; ++b)
      p.out[a * p.out_stride + b] +=
          static_cast<int32_t>(product_from(p.a.row(a), p.b.row(b), rest, p.a.dim));
}

/// Adds the products of kSteps steps to those of kLags lags: a row of the longer is loaded once for all
/// steps.
template <int64_t kDim, int kLags, int kSteps>
MELOMINE_AVX2_INLINE void add_steps(const int16_t* shorter, const int16_t* longer, int64_t dim,
                                    __m256i* sums) {
#pragma GCC unroll 1
  for (int64_t d = 0; d + kValues <= dim; d += kValues) {
    const __m256i x0 = load16(shorter + d), x1 = load16(shorter + (kSteps > 1 ? dim : 0) + d),
                  x2 = load16(shorter + (kSteps - 1) * dim + d);
#pragma GCC unroll 10
    for (int64_t j = 0; j < kLags + kSteps - 1; ++j) {
      const __m256i y = load16(longer + j * dim + d);
      if (j < kLags) sums[j] = multiply_add(sums[j], x0, y);
      if (kSteps > 1 && j > 0 && j <= kLags) sums[j - 1] = multiply_add(sums[j - 1], x1, y);
      if (kSteps > 2 && j > 1) sums[j - 2] = multiply_add(sums[j - 2], x2, y);
    }
  }
}

template <int64_t kDim, int kLags>
MELOMINE_AVX2_INLINE void slide_lags(const FixedSlide& s, int64_t first) {
  const int64_t dim = kDim > 0 ? kDim : s.shorter.dim;
  const int16_t* longer = s.longer + first * dim;
  __m256i totals[2] = {};
  int64_t t = 0;
  for (const int64_t end : s.group_ends) {
    __m256i sums[8] = {};
    while (t < end) {
      const int64_t steps = end - t == 4 ? 2 : std::min<int64_t>(end - t, 3);
      const int16_t *x = s.shorter.values + t * dim, *y = longer + t * dim;
      if (steps == 3) add_steps<kDim, kLags, 3>(x, y, dim, sums);
      if (steps == 2) add_steps<kDim, kLags, 2>(x, y, dim, sums);
      if (steps == 1) add_steps<kDim, kLags, 1>(x, y, dim, sums);
      t += steps;
    }
    totals[0] = _mm256_add_epi64(totals[0], sum_each64(sums));
    if (kLags > 4) totals[1] = _mm256_add_epi64(totals[1], sum_each64(sums + 4));
  }
  std::array<int64_t, 8> out{};
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.data()), totals[0]);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.data() + 4), totals[1]);
  std::copy_n(out.begin(), kLags, s.sums + first);
}

template <int64_t kDim>
MELOMINE_AVX2 void slide_blocks(const FixedSlide& s) {
  const int64_t dim = kDim > 0 ? kDim : s.shorter.dim;
  int64_t first = 0;
  for (; first + 8 <= s.lags; first += 8) {
    for (int64_t j = 0; j < 8; ++j)
      prefetch_row(s.longer + (first + s.shorter.steps + kAhead + j) * dim, dim);
    slide_lags<kDim, 8>(s, first);
  }
  if (first + 4 <= s.lags) {
    slide_lags<kDim, 4>(s, first);
    first += 4;
  }
  if (first + 2 <= s.lags) {
    slide_lags<kDim, 2>(s, first);
    first += 2;
  }
  if (first < s.lags) slide_lags<kDim, 1>(s, first);
}

MELOMINE_AVX2 void slide_avx2(const FixedSlide& s) {
  const int64_t dim = s.shorter.dim;
  if (dim == kUsualDim) return slide_blocks<kUsualDim>(s);
  slide_blocks<0>(s);
  const int64_t rest = dim / kValues * kValues;
  for (int64_t i = 0; i < s.lags && rest < dim; ++i)
    for (int64_t t = 0; t < s.shorter.steps; ++t)
      s.sums[i] += product_from(s.shorter.row(t), s.longer + (t + i) * dim, rest, dim);
}

MELOMINE_AVX2 void row_sums_avx2(const FixedView& rows, double* sum, double* square) {
  const __m256i ones = _mm256_set1_epi16(1);
  const int64_t whole = rows.dim / kValues * kValues;
  int64_t t = 0;
  for (; t + 4 <= rows.steps; t += 4) {
    __m256i sums[8] = {};
    for (int64_t d = 0; d < whole; d += kValues) {
#pragma GCC unroll 4
      for (int64_t j = 0; j < 4; ++j) {
        const __m256i x = load16(rows.row(t + j) + d);
        sums[j] = multiply_add(sums[j], x, ones);
        sums[j + 4] = multiply_add(sums[j + 4], x, x);
      }
    }
    const __m256i both = sum_each(sums);
    _mm256_storeu_pd(sum + t, _mm256_cvtepi32_pd(_mm256_castsi256_si128(both)));
    _mm256_storeu_pd(square + t, _mm256_cvtepi32_pd(_mm256_extracti128_si256(both, 1)));
    for (int64_t j = 0; j < 4; ++j)
      for (int64_t d = whole; d < rows.dim; ++d) {
        const double x = rows.row(t + j)[d];
        sum[t + j] += x;
        square[t + j] += x * x;
      }
  }
  row_sums_baseline({rows.row(t), rows.steps - t, rows.dim}, sum + t, square + t);
}
#undef MELOMINE_AVX2
#undef MELOMINE_AVX2_INLINE
#endif

}  // namespace

std::span<const FixedKernels> fixed_kernels() {
  static const std::vector<FixedKernels> all = [] {
    std::vector<FixedKernels> found;
#if defined(__x86_64__)
    // Chosen at run time by hand: `target_clones` needs ifuncs, which run before the sanitizers are set up.
    if (__builtin_cpu_supports("avx2")) found.push_back({"avx2", products_avx2, slide_avx2, row_sums_avx2});
#endif
    found.push_back({"baseline", products_baseline, slide_baseline, row_sums_baseline});
    return found;
  }();
  return all;
}

void fixed_products(const FixedProducts& p) {
  fixed_kernels().front().products(p);
}
void fixed_slide(const FixedSlide& s) {
  fixed_kernels().front().slide(s);
}
void fixed_row_sums(const FixedView& rows, double* sum, double* square) {
  fixed_kernels().front().row_sums(rows, sum, square);
}

void fixed_prefetch(const FixedView& rows) {
#if defined(__GNUC__)
  constexpr int64_t kLine = 64 / sizeof(int16_t);
  for (int64_t i = 0; i < rows.steps * rows.dim; i += kLine) __builtin_prefetch(rows.values + i);
#else
  static_cast<void>(rows);
#endif
}

bool is_voiced_row(const int16_t* row, int64_t dim) {
  return std::any_of(row, row + dim, [](int16_t value) { return value != 0; });
}

}  // namespace melomine::retrieval
