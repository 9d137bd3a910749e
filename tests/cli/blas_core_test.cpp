#include "cli/blas_core.h"

#include <gtest/gtest.h>

namespace melomine::cli {
namespace {

TEST(BlasCore, AnUnknownProcessorGetsTheWidestKernelsItCanRun) {
  const CpuFeatures new_xeon{.avx512 = true, .avx2 = true}, old_core{.avx512 = false, .avx2 = true};
  EXPECT_EQ(better_blas_core(new_xeon, "Prescott"), "SKYLAKEX");
  EXPECT_EQ(better_blas_core(new_xeon, "Haswell"), "SKYLAKEX");
  EXPECT_EQ(better_blas_core(old_core, "Prescott"), "HASWELL");
  EXPECT_EQ(better_blas_core({}, "Prescott"), "");
}

TEST(BlasCore, AGoodChoiceStays) {
  const CpuFeatures new_xeon{.avx512 = true, .avx2 = true}, old_core{.avx512 = false, .avx2 = true};
  for (const char* core : {"SkylakeX", "Cooperlake", "Sapphirerapids", "Zen4"})
    EXPECT_EQ(better_blas_core(new_xeon, core), "") << core;
  for (const char* core : {"Haswell", "Zen", "Excavator"})
    EXPECT_EQ(better_blas_core(old_core, core), "") << core;
}

TEST(BlasCore, TellsItsOwnChoiceFromTheUsers) {
  EXPECT_EQ(blas_core_origin(nullptr, nullptr), "");
  EXPECT_EQ(blas_core_origin("", nullptr), "");
  EXPECT_EQ(blas_core_origin("Haswell", nullptr), "set in the environment");
  EXPECT_EQ(blas_core_origin("SKYLAKEX", "SKYLAKEX"), "chosen by melomine");
  // Handed down by a melomine that chose, then set by the user.
  EXPECT_EQ(blas_core_origin("Haswell", "SKYLAKEX"), "set in the environment");
}

}  // namespace
}  // namespace melomine::cli
