#pragma once

#include <memory>
#include <string>

#include "configs/choice.h"
#include "datasets/clip_images.h"
#include "datasets/front_end.h"
#include "embedding/clip_hearing.h"
#include "retrieval/embedder.h"

namespace melomine::models {
class Encoder;
}

namespace melomine::embedding {

/// A kind of front end with its settings: what an encoder sees of a recording. Saved with every checkpoint.
class FrontEndKind : public configs::Kind {
 public:
  /// embedding/front_end_catalog.cpp
  static const configs::Catalogue& catalogue();
  /// Analysis windows: W and S are those of the embedder that is made.
  virtual datasets::WindowConfig& window() = 0;
  const datasets::WindowConfig& window() const { return const_cast<FrontEndKind*>(this)->window(); }
  /// @param encoder  in evaluation mode whenever it embeds
  /// @param device   cpu | cuda | cuda:N @throws ConfigError for another
  virtual std::unique_ptr<retrieval::Embedder> make_embedder(std::shared_ptr<models::Encoder> encoder,
                                                             const std::string& device) const = 0;
  /// How clips of audio are shown while an encoder learns.
  /// @throws ConfigError where clips of audio are not learned from, or for settings that make no sense
  virtual datasets::ClipView clip_view() const = 0;
  /// What makes the encoder's images of what clip_view draws, on a device; null: it draws them itself.
  virtual std::unique_ptr<const ClipHearing> clip_hearing(const std::string& /*device*/) const {
    return nullptr;
  }
};

using FrontEndChoice = configs::Choice<FrontEndKind>;

}  // namespace melomine::embedding
