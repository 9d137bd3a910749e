#include "experiments/leaks.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/text.h"

namespace melomine::experiments {
namespace {

constexpr std::array<std::pair<LeakKind, const char*>, 5> kKinds = {{{LeakKind::kId, "id"},
                                                                     {LeakKind::kAudio, "audio"},
                                                                     {LeakKind::kNotes, "notes"},
                                                                     {LeakKind::kPassage, "passage"},
                                                                     {LeakKind::kTitle, "title"}}};

std::string rounded(double value) {
  return format_number(std::stod(fmt::format("{:.3f}", value)));
}

}  // namespace

std::string to_string(LeakKind kind) {
  for (const auto& [known, word] : kKinds)
    if (known == kind) return word;
  return {};
}

bool is_proof(LeakKind kind) {
  return kind != LeakKind::kPassage && kind != LeakKind::kTitle;
}

std::string describe(const Leak& leak) {
  std::string how;
  switch (leak.kind) {
    case LeakKind::kId:
      how = fmt::format("has the YouTube id {} of", leak.text);
      break;
    case LeakKind::kAudio:
      how = fmt::format("is the same audio ({:.0f} % of {} landmarks agree, from {:.1f} s on) as",
                        100 * leak.alike, std::lround(static_cast<double>(leak.matched) / leak.alike),
                        leak.trained_s);
      break;
    case LeakKind::kNotes:
      how =
          fmt::format("is the same tune ({} notes agree, from {:.1f} s on) as", leak.matched, leak.trained_s);
      break;
    case LeakKind::kPassage:
      how = fmt::format("shares a passage of {} notes, from {:.1f} s on, with", leak.matched, leak.trained_s);
      break;
    case LeakKind::kTitle:
      how = fmt::format("has the title '{}' of", leak.text);
      break;
  }
  return fmt::format("'{}' of {} {} '{}' of {}, which is trained on", leak.evaluated, leak.evaluated_in, how,
                     leak.trained, leak.trained_in);
}

void write_leaks(const std::filesystem::path& file, const std::vector<Leak>& leaks) {
  std::string text = csv_line({"kind", "proof", "evaluated", "evaluated_in", "trained", "trained_in", "alike",
                               "matched", "bits", "evaluated_s", "trained_s", "text"});
  for (const Leak& leak : leaks)
    text += csv_line({to_string(leak.kind), is_proof(leak.kind) ? "True" : "False", leak.evaluated,
                      leak.evaluated_in, leak.trained, leak.trained_in, rounded(leak.alike),
                      std::to_string(leak.matched), rounded(leak.bits), rounded(leak.evaluated_s),
                      rounded(leak.trained_s), leak.text});
  write_file_atomically(file, text);
}

std::vector<Leak> read_leaks(const std::filesystem::path& file) {
  const CsvTable table = CsvTable::read(file);
  std::vector<Leak> leaks;
  for (size_t row = 0; row < table.size(); ++row) {
    Leak leak;
    const std::string& kind = table.text(row, "kind");
    bool known = false;
    for (const auto& [value, word] : kKinds)
      if (kind == word) {
        leak.kind = value;
        known = true;
      }
    if (!known) table.fail(row, fmt::format("unknown kind '{}'", kind));
    leak.evaluated = table.text(row, "evaluated");
    leak.evaluated_in = table.text(row, "evaluated_in");
    leak.trained = table.text(row, "trained");
    leak.trained_in = table.text(row, "trained_in");
    leak.alike = table.number(row, "alike");
    leak.matched = table.integer(row, "matched");
    leak.bits = table.number(row, "bits");
    leak.evaluated_s = table.number(row, "evaluated_s");
    leak.trained_s = table.number(row, "trained_s");
    leak.text = table.text(row, "text");
    leaks.push_back(std::move(leak));
  }
  return leaks;
}

}  // namespace melomine::experiments
