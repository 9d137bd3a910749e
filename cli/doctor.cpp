#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/checkups.h"
#include "cli/command.h"
#include "cli/startup.h"
#include "core/json_text.h"

namespace melomine::cli {
namespace {

const CommandHelp kDoctorHelp{
    .name = "doctor",
    .summary = "Say whether this machine and a folder are fit for work, and what is wrong.",
    .usage = "[FOLDER] [--json]",
    .examples =
        "  melomine doctor                    # this machine, and the folder it is called in\n"
        "  melomine doctor /shared/runs       # who works there, what was left unfinished\n"
        "  melomine doctor --json > doctor.json\n"
        "The exit status is 1 where something will fail."};

const char* word_of(Health health) {
  switch (health) {
    case Health::kFine:
      return "fine";
    case Health::kNote:
      return "note";
    case Health::kWrong:
      break;
  }
  return "WRONG";
}

int run_doctor(const Arguments& args) {
  po::options_description options("Options");
  options.add_options()("folder", po::value<std::string>()->value_name("DIR")->default_value("."),
                        "that runs are written to")("json", po::bool_switch(),
                                                    "print what was found as JSON");
  const auto values = parse_arguments(kDoctorHelp, options, {"folder"}, args);
  if (!values) return 0;
  const std::filesystem::path folder = (*values)["folder"].as<std::string>();
  std::vector<Checkup> found = check_machine();
  for (const auto& part : {check_libraries(), check_folder(folder), check_work(folder)})
    found.insert(found.end(), part.begin(), part.end());
  if ((*values)["json"].as<bool>()) {
    nlohmann::ordered_json checks = nlohmann::ordered_json::array();
    for (const Checkup& c : found)
      checks.push_back(
          {{"what", c.what}, {"health", word_of(c.health)}, {"found", c.found}, {"remedy", c.remedy}});
    fmt::print("{}\n", json_text(nlohmann::ordered_json{{"versions", describe_build()},
                                                        {"folder", folder.string()},
                                                        {"checks", checks}},
                                 2));
  } else {
    fmt::print("{}\n", describe_build());
    for (const Checkup& c : found)
      fmt::print("{:5}  {:10} {}{}\n", word_of(c.health), c.what, c.found,
                 c.remedy.empty() ? "" : "\n                  → " + c.remedy);
  }
  return std::any_of(found.begin(), found.end(), [](const Checkup& c) { return c.health == Health::kWrong; })
             ? 1
             : 0;
}

}  // namespace

Command doctor_command() {
  return {kDoctorHelp, run_doctor};
}

}  // namespace melomine::cli
