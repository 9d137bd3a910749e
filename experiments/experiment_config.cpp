#include "experiments/experiment_config.h"

#include "core/folder.h"

namespace melomine::experiments {

namespace {

/// An empty word, which is not written, is `refuse`: texts of runs before stay as they are.
void bind_leaks(configs::Binder& b, Leaks& leaks) {
  std::string word = leaks == Leaks::kReport ? "report" : "";
  b.sparse_text(
      "leaks", word,
      "refuse (as when empty): recordings and tunes that are evaluated on among those trained on end "
      "the command; report: they are told");
  b.require(word.empty() || word == "refuse" || word == "report", "leaks", "must be refuse or report");
  leaks = word == "report" ? Leaks::kReport : Leaks::kRefuse;
}

}  // namespace

void bind(configs::Binder& b, DataConfig& c) {
  b.text("shards", c.shards, "folder of audio shards, as `melomine ingest` wrote it");
  b.enumeration("rendition", c.rendition,
                {{"mix", datasets::Rendition::kMix}, {"vocals", datasets::Rendition::kVocals}},
                "what of a recording is heard, where the shards have it: all of it or the singing alone");
  b.text("groups", c.groups, "H: table of time-aligned fragment groups in CHAD's columns");
  b.text("time_maps", c.time_maps,
         "truth.csv with the time maps of H's hums, by which mining is judged, too (precision, recall); "
         "empty: straight "
         "lines, and no judgement");
  b.integer("hum_songs", c.hum_songs, configs::at_least(0),
            "songs whose hums make up H, drawn by the seed; 0: all that are trained on");
  b.integer("held_out_songs", c.held_out_songs, configs::at_least(0),
            "songs drawn by the seed, never trained on, searched by `melomine evaluate`");
  b.integer("validation_songs", c.validation_songs, configs::at_least(0),
            "songs drawn by the seed, never trained on, searched during training");
  b.texts("held_out_ids", c.held_out_ids, "song ids held out by name, beside those drawn");
}

void bind(configs::Binder& b, ExperimentConfig& c) {
  b.text("name", c.name, "the run lies in the folder runs/name");
  b.text("runs", c.runs, "folder of all runs");
  b.integer("seed", c.seed, configs::at_least(0), "of everything random");
  b.nested("data", c.data, "what the model is trained on");
  b.nested("melodies", c.melodies,
           "melodies as notes that are learned from, beside data.groups where it is set");
  b.nested("separate", c.separate, "how recordings get their rendition `vocals`, by `melomine separate`");
  b.nested("front_end", c.front_end, "how audio is cut and shown to the encoder");
  b.nested("encoder", c.encoder, "the network");
  b.nested_list("losses", c.losses, "what is minimised: a weighted sum");
  b.nested("sampler", c.sampler, "how groups become batches");
  datasets::bind_transforms(b, "augment", c.augment);
  b.nested("prefetch", c.prefetch, "batches made ahead of the trainer");
  b.nested("train", c.train, "training of the encoder");
  b.nested("mine", c.mine, "Algorithm 1");
  b.nested("loop", c.loop, "rounds of mining and retraining");
  b.nested("evaluate", c.evaluate, "searches by hum");
  bind_leaks(b, c.leaks);
  b.require(!c.losses.empty(), "losses", "at least one is needed");
  b.require(c.train.validate_every.count == 0 || c.data.validation_songs > 0, "train",
            "validate_every needs data.validation_songs > 0");
  b.require(c.loop.gate == GateBy::kNone || c.train.validate_every.count > 0, "loop",
            "gate: validation needs train.validate_every and data.validation_songs");
  b.require(c.loop.stop.metric_patience == 0 || c.train.validate_every.count > 0, "loop",
            "stop.metric_patience needs train.validate_every and data.validation_songs");
  b.require(is_plain_name(c.name) && c.name.front() != '.', "name", "must be a plain folder name");
  b.require(c.encoder.shape.input_channels == 1, "encoder",
            "input_channels must be 1: an analysis window is one feature image");
}

}  // namespace melomine::experiments
