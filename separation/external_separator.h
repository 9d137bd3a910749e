#pragma once

#include <string>
#include <vector>

#include "separation/separator.h"

namespace melomine::separation {

/// A program for each recording: demucs, spleeter, a filter graph of FFmpeg.
struct ExternalConfig {
  /// The program and its arguments, passed without a shell. In them {input} stands for the mix, a 16-bit mono
  /// WAV file; {output} for where the voice is looked for; {folder} for the temporary folder of both.
  std::vector<std::string> command;
  std::string output = "vocals.wav";  ///< where in {folder} the voice is found, in any format FFmpeg decodes
  double timeout_s = 3600;  ///< after which the program and all that it started are killed; 0 = none
};
void bind(configs::Binder& b, ExternalConfig& c);

/// Runs the program; what it prints is kept for the message where it fails.
class ExternalSeparator : public Separator {
 public:
  /// @throws ConfigError where the program is not to be found
  ExternalSeparator(ExternalConfig config, const SeparatorContext& context);
  /// @throws DataError for an exit status that is not 0, a signal, the timeout, with the last lines that the
  ///         program printed; for a result that is missing or no audio
  dsp::AudioBuffer separate(const dsp::AudioBuffer& mix) const override;

 private:
  ExternalConfig config_;
  std::filesystem::path scratch_;
};

}  // namespace melomine::separation
