#include "configs/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "configs/choice.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine::configs {
namespace {

/// Looks at the values of one map.
class Checker : public Binder {
 public:
  Checker(std::string path, std::vector<std::string>& problems)
      : path_(std::move(path)), problems_(problems), first_problem_(problems.size()) {}

  void field(const Field& field) override {
    const std::string path = path_of(field.key);
    std::visit([&](const auto* value) { look(path, field, *value); }, field.target);
  }
  void variant(AnyChoice& choice) override {
    if (choice.type().empty()) problems_.push_back(fmt::format("{}: is missing", path_of(kTypeKey)));
    choice.fields(*this);
  }
  void map(std::string_view key, const std::function<void(Binder&)>& body, std::string_view) override {
    Checker inside(path_of(key), problems_);
    body(inside);
  }
  void list(std::string_view key, size_t size, const std::function<void(size_t)>&,
            const std::function<void(Binder&, size_t)>& body, std::string_view) override {
    for (size_t i = 0; i < size; ++i) {
      Checker inside(fmt::format("{}[{}]", path_of(key), i), problems_);
      body(inside, i);
    }
  }
  void require(bool holds, std::string_view key, std::string_view message) override {
    // After another problem in this map a rule would say the same again.
    if (!holds && problems_.size() == first_problem_)
      problems_.push_back(fmt::format("{}: {}", path_of(key), message));
  }

 private:
  std::string path_of(std::string_view key) const { return dotted_key(path_, key); }

  static void look(const std::string&, const Field&, bool) {}
  static void look(const std::string&, const Field&, const std::filesystem::path&) {}
  void look(const std::string& path, const Field& field, int64_t value) {
    if (!holds(field.range, static_cast<double>(value)))
      problems_.push_back(fmt::format("{} = {}: {}", path, value, describe(field.range)));
  }
  void look(const std::string& path, const Field& field, double value) {
    if (!holds(field.range, value))
      problems_.push_back(fmt::format("{} = {}: {}", path, format_number(value), describe(field.range)));
  }
  void look(const std::string& path, const Field& field, const std::string& value) {
    if (field.choices.empty() ||
        std::find(field.choices.begin(), field.choices.end(), value) != field.choices.end())
      return;
    problems_.push_back(
        fmt::format("{} = '{}': must be one of {}", path, value, fmt::join(field.choices, ", ")));
  }
  template <class T>
  void look(const std::string& path, const Field& field, const std::vector<T>& values) {
    for (size_t i = 0; i < values.size(); ++i) look(fmt::format("{}[{}]", path, i), field, values[i]);
  }

  std::string path_;
  std::vector<std::string>& problems_;
  size_t first_problem_;
};

}  // namespace

std::vector<std::string> problems_of(const std::function<void(Binder&)>& body) {
  std::vector<std::string> problems;
  Checker checker("", problems);
  body(checker);
  return problems;
}

void detail::refuse(const std::string& where, const std::vector<std::string>& problems) {
  if (problems.empty()) return;
  std::string message;
  for (const std::string& problem : problems)
    message += fmt::format("{}{} {}", message.empty() ? "" : "\n", where, problem);
  throw ConfigError(message);
}

}  // namespace melomine::configs
