#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "separation/separator.h"

namespace melomine::separation {

/// A separator that somebody saved as a TorchScript module.
struct TorchscriptConfig {
  std::filesystem::path module;  ///< what torch.jit.save wrote
  int64_t sample_rate_hz = 0;    ///< that it was made for; 0 = the shards'
  int64_t dimensions = 2;        ///< of what it takes and returns: 2 = [1, samples], 3 = [1, 1, samples]
  double chunk_s = 30;           ///< longer recordings are cut into chunks of this length
  double overlap_s = 1;          ///< which neighbours share at least, one fading into the other
  std::string device = "cpu";
};
void bind(configs::Binder& b, TorchscriptConfig& c);

/// Calls the module's `forward` in evaluation mode.
class TorchscriptSeparator : public Separator {
 public:
  /// @throws ConfigError for a file that is no TorchScript module, or a device that is not there
  explicit TorchscriptSeparator(TorchscriptConfig config);
  ~TorchscriptSeparator() override;
  /// @throws DataError where the module fails, or returns another shape or type than float of the input's
  ///         shape
  dsp::AudioBuffer separate(const dsp::AudioBuffer& mix) const override;

 private:
  struct State;
  TorchscriptConfig config_;
  std::unique_ptr<State> state_;
};

}  // namespace melomine::separation
