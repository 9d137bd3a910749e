#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "configs/choice.h"
#include "dsp/audio_buffer.h"

namespace melomine::separation {

/// V(·) of Amatov et al. 2023: the singing alone out of a mix. Called from several threads at once.
class Separator {
 public:
  virtual ~Separator() = default;
  /// @param mix  mono, a whole recording
  /// @returns the voice as it came, at the mix's rate: its length and content are the caller's to check
  /// @throws DataError with the reason where this recording cannot be separated; Cancelled
  virtual dsp::AudioBuffer separate(const dsp::AudioBuffer& mix) const = 0;
};

/// What a separator is given.
struct SeparatorContext {
  std::filesystem::path scratch;  ///< folder for temporary files; exists when something is separated
};

/// A kind of separator with its settings.
class SeparatorKind : public configs::Kind {
 public:
  /// separation/separator_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// @returns nothing where recordings are heard as they are
  /// @throws ConfigError for a program, module or device that is not there
  virtual std::unique_ptr<Separator> make(const SeparatorContext& context) const = 0;
  /// What decides what comes out, by name: settings, and the hash of a file that they name. Not how long it
  /// may take, or where it is computed. @throws ConfigError for a file that cannot be read
  virtual std::vector<std::pair<std::string, std::string>> identity() const = 0;
};

/// How an experiment's recordings get their rendition `vocals`.
struct SeparateConfig {
  configs::Choice<SeparatorKind> separator{"none"};
  std::filesystem::path mixes;      ///< folder that `melomine ingest` wrote
  double length_tolerance_s = 0.1;  ///< by which a result may be longer or shorter than its mix
};
void bind(configs::Binder& b, SeparateConfig& c);

}  // namespace melomine::separation
