#include "embedding/model_config.h"

namespace melomine::embedding {

void bind(configs::Binder& b, ModelConfig& c) {
  b.nested("encoder", c.encoder, "the network");
  b.nested("front_end", c.front_end, "how audio is cut and shown to it");
}

}  // namespace melomine::embedding
