#include <fmt/format.h>
#include <tbb/global_control.h>

#include <list>
#include <sstream>

#include "cli/command.h"
#include "configs/binder.h"
#include "core/error.h"
#include "core/progress.h"
#include "core/text.h"
#include "synth/generated_corpus.h"

namespace melomine::cli {
namespace {

using configs::Range;
using synth::CorpusConfig;

const CommandHelp kHelp = {
    "synth", "Generate a corpus of songs, covers and hums whose time alignment is known exactly.",
    "--out DIR [options]",
    "  melomine synth --songs 40 --covers 4 --hums 4 --seed 1 --out corpus\n"
    "  melomine synth --songs 60 --midi pop909 --duration 120 --out corpus_midi\n"
    "  melomine synth --songs 40 --bleed-db -8 --wrong-covers 0.3 --tempo 0.3,0.4,0.3 --hum-noise-db 10 "
    "--out hard\n"};

std::string option_of(std::string_view key) {
  std::string name(key);
  for (char& c : name)
    if (c == '_') c = '-';
  return name;
}

/// Makes an option of each field of the config.
class OptionBinder : public configs::Binder {
 public:
  explicit OptionBinder(po::options_description& options) : options_(options) {}

  void boolean(std::string_view key, bool& value, std::string_view doc) override { add(key, value, doc); }
  void integer(std::string_view key, int64_t& value, Range, std::string_view doc) override {
    add(key, value, doc);
  }
  void number(std::string_view key, double& value, Range, std::string_view doc) override {
    add(key, value, doc);
  }
  void text(std::string_view key, std::string& value, std::string_view doc) override { add(key, value, doc); }
  void choice(std::string_view key, std::string& value, const std::vector<std::string>&,
              std::string_view doc) override {
    add(key, value, doc);
  }
  /// Numbers are written with commas: 0.6,0.3,0.1.
  void numbers(std::string_view key, std::vector<double>& values, Range, std::string_view doc) override {
    const auto read = [&values, name = std::string(key)](const std::string& text) {
      values.clear();
      std::istringstream in(text);
      for (std::string item; std::getline(in, item, ',');) {
        const auto value = parse<double>(item);
        if (!value)
          throw ConfigError(fmt::format("melomine synth: --{}: '{}' is not a number", option_of(name), item));
        values.push_back(*value);
      }
    };
    options_.add_options()(
        option_of(key).c_str(),
        po::value<std::string>()->value_name(fmt::format("{}", fmt::join(values, ",")))->notifier(read),
        std::string(doc).c_str());
  }
  void texts(std::string_view, std::vector<std::string>&, std::string_view) override {}
  void map(std::string_view, const std::function<void(Binder&)>& body, std::string_view) override {
    body(*this);
  }
  void list(std::string_view, size_t, const std::function<void(size_t)>&,
            const std::function<void(Binder&, size_t)>&, std::string_view) override {}
  void require(bool, std::string_view, std::string_view) override {}

 private:
  template <class T>
  void add(std::string_view key, T& value, std::string_view doc) {
    options_.add_options()(option_of(key).c_str(),
                           po::value<T>(&value)->default_value(value, fmt::format("{}", value)),
                           std::string(doc).c_str());
  }
  po::options_description& options_;
};

}  // namespace

int run_synth(const Arguments& args) {
  CorpusConfig config;
  po::options_description options("Options");
  int threads = 0;
  options.add_options()("out", po::value<std::string>(), "folder of the corpus; rerunning completes it")(
      "threads", po::value(&threads)->default_value(0), "0 = all processors; the bytes do not depend on it");
  OptionBinder binder(options);
  bind(binder, config);
  const auto values = parse_arguments(kHelp, options, {}, args);
  if (!values) return 0;
  require_options(kHelp, *values, {"out"});
  if (threads < 0) throw ConfigError(fmt::format("melomine synth: --threads must be >= 0, got {}", threads));
  std::unique_ptr<tbb::global_control> limit;
  if (threads > 0)
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, threads);
  ConsoleObserver observer;
  synth::generate_corpus(config, (*values)["out"].as<std::string>(), observer);
  return 0;
}

}  // namespace melomine::cli
