#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "cli/command.h"
#include "core/error.h"

namespace melomine::cli {
namespace {

const CommandHelp kCompletionHelp{
    .name = "completion",
    .summary = "Print a script by which a shell completes commands, options and files.",
    .usage = "bash | zsh",
    .examples =
        "  melomine completion bash > ~/.local/share/bash-completion/completions/melomine\n"
        "  source <(melomine completion bash)        # for this shell alone\n"
        "  melomine completion zsh > \"${fpath[1]}/_melomine\""};

/// What a command prints for --help.
std::string help_of(const Command& command) {
  std::fflush(stdout);
  std::FILE* file = std::tmpfile();
  const int kept = dup(STDOUT_FILENO);
  if (file == nullptr || kept < 0) throw DataError("no temporary file can be made");
  dup2(fileno(file), STDOUT_FILENO);
  command.run({"--help"});
  std::fflush(stdout);
  dup2(kept, STDOUT_FILENO);
  close(kept);
  std::rewind(file);
  std::string text;
  std::array<char, 4096> piece{};
  for (size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), file)) > 0;)
    text.append(piece.data(), got);
  std::fclose(file);
  return text;
}

/// Its long options, "--out --json".
std::string options_of(const Command& command) {
  static const std::regex option("^  (?:-[a-z] \\[ )?(--[a-z0-9-]+)");
  const std::string help = help_of(command);
  std::set<std::string> names = {"--help"};
  for (size_t begin = 0; begin < help.size();) {
    const size_t end = std::min(help.find('\n', begin), help.size());
    std::smatch found;
    const std::string line = help.substr(begin, end - begin);
    if (std::regex_search(line, found, option)) names.insert(found[1]);
    begin = end + 1;
  }
  return fmt::format("{}", fmt::join(names, " "));
}

std::string bash_script() {
  std::string names, cases;
  for (const auto& [name, command] : commands()) {
    names += (names.empty() ? "" : " ") + name;
    cases += fmt::format("    {}) options=\"{}\" ;;\n", name, options_of(command));
  }
  return fmt::format(R"sh(# Completion of melomine's commands, options and files.
_melomine() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" options=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{} help --version" -- "$word"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{}  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "${{word##*=}}")) ;;
  esac
}}
)sh",
                     names, cases);
}

int run_completion(const Arguments& args) {
  po::options_description options("Options");
  options.add_options()("shell", po::value<std::string>(), "bash or zsh");
  const auto values = parse_arguments(kCompletionHelp, options, {"shell"}, args);
  if (!values) return 0;
  require_options(kCompletionHelp, *values, {"shell"});
  const std::string shell = (*values)["shell"].as<std::string>();
  if (shell != "bash" && shell != "zsh")
    throw ConfigError(
        fmt::format("melomine completion: '{}' is no shell that is known; known: bash, zsh", shell));
  if (shell == "zsh") fmt::print("#compdef melomine\nautoload -U +X bashcompinit && bashcompinit\n");
  fmt::print("{}complete -o filenames -F _melomine melomine\n", bash_script());
  return 0;
}

}  // namespace

Command completion_command() {
  return {kCompletionHelp, run_completion};
}

}  // namespace melomine::cli
