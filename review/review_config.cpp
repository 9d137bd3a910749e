#include "review/review_config.h"

namespace melomine::review {

using configs::at_least;
using configs::between;

void bind(configs::Binder& b, ReviewConfig& c) {
  b.text("host", c.host, "address to listen at; 0.0.0.0 or :: for every one of the machine");
  b.integer("port", c.port, between(0, 65535), "0: any free one");
  b.text("known_as", c.known_as, "a further host name that browsers call the page by");
  b.text("reviewer", c.reviewer, "name that the page begins with; absent: it asks for one");
  b.path("shards", c.shards, "audio to hear; absent: the shards that were mined");
  b.enumeration("hear", c.hear, {{"mined", Hear::kMined}, {"mix", Hear::kMix}, {"vocals", Hear::kVocals}},
                "renditions of the recordings: those that were mined, mixes, or the singing alone");
  b.enumeration("among", c.among, {{"uncertain", Among::kUncertain}, {"all", Among::kAll}},
                "pairs to review: those mining held uncertain, or the relevant ones as well");
  b.enumeration("order", c.order, {{"active", Order::kActive}, {"random", Order::kRandom}},
                "what changes most first, or as the seed draws");
  b.integer("seed", c.seed, at_least(0), "of the random order");
  b.integer("votes", c.votes, between(1, 100), "reviewers who must have told before a pair is decided");
  b.require(!c.host.empty(), "host", "must not be empty");
}

}  // namespace melomine::review
