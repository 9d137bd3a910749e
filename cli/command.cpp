#include "cli/command.h"

#include <fmt/format.h>

#include <cstdio>
#include <sstream>

#include "core/error.h"
#include "core/text.h"

namespace melomine::cli {
namespace {

std::string option_name_of(const std::string& token) {
  std::string name = token.substr(0, token.find('='));
  while (name.starts_with("-")) name.erase(0, 1);
  return name;
}

}  // namespace

std::optional<po::variables_map> parse_arguments(const CommandHelp& help,
                                                 const po::options_description& options,
                                                 const std::vector<std::string>& positional,
                                                 const Arguments& args) {
  po::options_description all("Options");
  all.add(options);
  if (all.find_nothrow("help", false) == nullptr) all.add_options()("help,h", "show this help");
  po::positional_options_description order;
  for (const std::string& name : positional) {
    if (name.ends_with("*")) {
      order.add(name.substr(0, name.size() - 1).c_str(), -1);
    } else {
      order.add(name.c_str(), 1);
    }
  }
  po::variables_map values;
  try {
    const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(args).options(all).positional(order).style(style).run(), values);
  } catch (const po::unknown_option& e) {
    std::vector<std::string> known;
    for (const auto& option : all.options()) known.push_back(option->long_name());
    const std::string given = e.get_option_name(), nearest = nearest_name(option_name_of(given), known);
    throw ConfigError(fmt::format("melomine {}: unknown option '{}'{}; see melomine {} --help", help.name,
                                  given.substr(0, given.find('=')),
                                  nearest.empty() ? "" : fmt::format(", did you mean --{}?", nearest),
                                  help.name));
  } catch (const po::error& e) {
    throw ConfigError(fmt::format("melomine {}: {}; see melomine {} --help", help.name, e.what(), help.name));
  }
  if (values.count("help") > 0) {
    std::ostringstream listing;
    listing << options;
    fmt::print("{}\n\nusage: melomine {} {}\n\n{}\nexamples:\n{}\n", help.summary, help.name, help.usage,
               listing.str(), help.examples);
    return std::nullopt;
  }
  values.notify();
  return values;
}

void require_options(const CommandHelp& help, const po::variables_map& values,
                     const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (values.count(name) == 0)
      throw ConfigError(fmt::format("melomine {}: {} is missing\nusage: melomine {} {}", help.name, name,
                                    help.name, help.usage));
  }
}

std::string command_line(const std::string& name, const Arguments& args) {
  std::string command = "melomine " + name;
  for (const auto& argument : args) command += " " + argument;
  return command;
}

}  // namespace melomine::cli
