#pragma once

#include <string>

#include "sweeps/experiments.h"

namespace melomine::cli {

/// melomine's experiments, for sweeps over them.
class SweepExperiments : public sweeps::Experiments {
 public:
  configs::Value load(const std::filesystem::path& file) const override;
  configs::Value defaults() const override;
  sweeps::ResolvedExperiment resolve(const configs::Value& document) const override;
  bool is_run(const std::filesystem::path& folder) const override;
  bool share_first_training(const std::filesystem::path& from, const std::filesystem::path& to,
                            const std::filesystem::path& experiment) const override;
};

/// Whether an experiment's file has a section `sweep`; false where it cannot be read.
bool is_sweep(const std::string& file);

}  // namespace melomine::cli
