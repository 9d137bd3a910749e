#pragma once

#include <boost/program_options.hpp>

#include <map>
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

/// A command, as its own file describes it by a function NAME_command().
struct Command {
  CommandHelp help;
  /// @returns the exit status: 0 done, 1 failed @throws melomine::Error
  int (*run)(const Arguments& args);
};

/// All commands by name; the list is cli/commands.cpp.
const std::map<std::string, Command>& commands();

/// A line of that list.
#define MELOMINE_COMMAND(NAME)                        \
  [] {                                                \
    extern ::melomine::cli::Command NAME##_command(); \
    return NAME##_command();                          \
  }()

}  // namespace melomine::cli
