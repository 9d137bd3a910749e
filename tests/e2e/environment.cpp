#include <cblas.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "cli/blas_core.h"

namespace melomine {
namespace {

/// Sets what the binary gives itself by starting a second time, half a second of work: set here, it starts
/// once.
class BlasCore : public ::testing::Environment {
 protected:
  void SetUp() override {
    const std::string core = cli::better_blas_core(cli::cpu_features(), openblas_get_corename());
    if (!core.empty()) setenv("OPENBLAS_CORETYPE", core.c_str(), 0);
  }
};

// GoogleTest owns it.
const ::testing::Environment* const kBlasCore = ::testing::AddGlobalTestEnvironment(new BlasCore);

}  // namespace
}  // namespace melomine
