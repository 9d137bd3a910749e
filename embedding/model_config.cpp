#include "embedding/model_config.h"

namespace melomine::embedding {

void bind(configs::Binder& b, FrontEnd& c) {
  b.nested("features", c.features, "what the encoder sees of the audio");
  b.nested("window", c.window, "analysis windows");
  b.number("floor_db", c.floor_db, configs::above(0), "decibels under a window's loudest bin that become 0");
}

void bind(configs::Binder& b, ModelConfig& c) {
  b.nested("encoder", c.encoder, "the network");
  b.nested("front_end", c.front_end, "how audio is cut and shown to it");
}

}  // namespace melomine::embedding
