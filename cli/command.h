#pragma once

#include <boost/program_options.hpp>

#include <optional>
#include <string>
#include <vector>

namespace melomine::cli {

/// What `--help` says of a command beside its options.
struct CommandHelp {
  std::string name;      ///< "ingest"
  std::string summary;   ///< one line, a sentence in the imperative
  std::string usage;     ///< "SONGS.CSV --out DIR [options]"
  std::string examples;  ///< ready to paste, a line each
};

using Arguments = std::vector<std::string>;
namespace po = boost::program_options;

/// Parses a command's own arguments. With `--help`, prints usage, options and examples and returns nothing.
/// Unknown options (with the nearest known one), missing and malformed values are a ConfigError.
/// @param positional  names of the positional options in order; a last name ending in "*" takes all the rest
std::optional<po::variables_map> parse_arguments(const CommandHelp& help,
                                                 const po::options_description& options,
                                                 const std::vector<std::string>& positional,
                                                 const Arguments& args);

/// @throws ConfigError naming the option and how to get help, unless each option was given
void require_options(const CommandHelp& help, const po::variables_map& values,
                     const std::vector<std::string>& names);

/// "melomine NAME ARGS", for provenance.
std::string command_line(const std::string& name, const Arguments& args);

/// Every command: one small file each, returns the exit status (0 done, 1 failed), throws melomine::Error.
int run_config(const Arguments& args);
int run_diff(const Arguments& args);
int run_evaluate(const Arguments& args);
int run_features(const Arguments& args);
int run_ingest(const Arguments& args);
int run_inspect(const Arguments& args);
int run_mine(const Arguments& args);
int run_report(const Arguments& args);
int run_run(const Arguments& args);
int run_synth(const Arguments& args);
int run_train(const Arguments& args);

}  // namespace melomine::cli
