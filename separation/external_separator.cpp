#include "separation/external_separator.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/child_process.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/scratch_folder.h"
#include "core/text.h"
#include "dsp/decode.h"
#include "dsp/wav.h"

#include <nlohmann/json.hpp>

namespace melomine::separation {
namespace {

namespace fs = std::filesystem;

/// Separators name their folders after the input: demucs writes htdemucs/mix/vocals.wav.
constexpr const char* kMixFile = "mix.wav";

class ExternalKind : public configs::KindOf<ExternalKind, SeparatorKind, ExternalConfig> {
 public:
  std::unique_ptr<Separator> make(const SeparatorContext& context) const override {
    return std::make_unique<ExternalSeparator>(config, context);
  }
  std::vector<std::pair<std::string, std::string>> identity() const override {
    return {{"command", json_text(nlohmann::ordered_json(config.command))}, {"output", config.output}};
  }
};

bool mentions(const std::vector<std::string>& words, std::string_view what) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return word.find(what) != std::string::npos; });
}

}  // namespace

void bind(configs::Binder& b, ExternalConfig& c) {
  b.texts("command", c.command,
          "program and arguments, run without a shell for each recording; {input}: the mix as a WAV file, "
          "{output}: where the voice is to be written, {folder}: the temporary folder of both");
  b.text("output", c.output, "where in {folder} the voice is found; any format that FFmpeg decodes");
  b.number("timeout_s", c.timeout_s, configs::at_least(0),
           "the program is killed after so many seconds, with all that it started; 0: never");
  b.require(!c.command.empty() && !c.command.front().empty(), "command", "must name a program");
  b.require(c.command.empty() || mentions(c.command, "{input}"), "command", "must say where {input} goes");
  b.require(c.command.empty() || mentions(c.command, "{output}") || mentions(c.command, "{folder}"),
            "command", "must say where {output} goes, or {folder}");
  b.require(!c.output.empty() && fs::path(c.output).is_relative(), "output",
            "must be a path inside the temporary folder");
}

configs::KindEntry external_kind() {
  return configs::kind<ExternalKind>("external",
                                     "a program for each recording, such as demucs or a filter of FFmpeg");
}

ExternalSeparator::ExternalSeparator(ExternalConfig config, const SeparatorContext& context)
    : config_(std::move(config)), scratch_(context.scratch) {
  if (find_program(config_.command.at(0)).empty())
    throw ConfigError(fmt::format("separate.command: there is no program '{}'; install it, or give its path",
                                  config_.command[0]));
}

dsp::AudioBuffer ExternalSeparator::separate(const dsp::AudioBuffer& mix) const {
  const ScratchFolder folder(scratch_);
  const fs::path input = folder.path() / kMixFile, output = folder.path() / config_.output;
  try {
    dsp::write_wav(input, mix);
  } catch (const DataError& e) {
    throw Error(e.what());  // the disk is at fault, not the recording
  }
  std::vector<std::string> words = config_.command;
  for (std::string& word : words) {
    replace_all(word, "{input}", input.string());
    replace_all(word, "{output}", output.string());
    replace_all(word, "{folder}", folder.path().string());
  }
  const ChildResult ended = run_child(words, {.timeout_s = config_.timeout_s});
  if (!ended.succeeded()) throw DataError(fmt::format("{}: {}", words[0], ended.failure()));
  if (!fs::exists(output))
    throw DataError(fmt::format("{} wrote no {}: {}", words[0], config_.output, ended.failure()));
  try {
    return dsp::load_audio_and_repairs(output, {.sample_rate_hz = mix.sample_rate_hz}).audio;
  } catch (const DataError& e) {
    std::string reason = e.what();
    replace_all(reason, output.string() + ": ", "");
    throw DataError(fmt::format("{} wrote a {} that cannot be read: {}", words[0], config_.output, reason));
  }
}

}  // namespace melomine::separation
