#pragma once

#include "datasets/clip_images.h"
#include "embedding/crepe_front_end.h"

namespace melomine::embedding {

/// CREPE's activation of clips, or, where the front end hears recordings, of those, cut and stretched frame
/// by frame. @throws DataError for a file of weights that cannot be used
datasets::ClipView crepe_clips(const CrepeFrontEnd& front_end);

}  // namespace melomine::embedding
