#include "melody/melody_source.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/csv.h"
#include "core/error.h"
#include "core/folder.h"
#include "core/logging.h"
#include "core/text.h"
#include "dsp/audio_name.h"
#include "melody/composed_melodies.h"

namespace melomine::melody {
namespace {

namespace fs = std::filesystem;

/// Set-aside files that the warning names.
constexpr size_t kNamedFiles = 3;

constexpr double kMostComposed = 1e6;

struct MelodyFile {
  std::string id;
  fs::path path;
  std::string title = {};
};

std::vector<MelodyFile> files_of_table(const fs::path& path) {
  const CsvTable table = CsvTable::read(path);
  table.require({"reference_id", "path"});
  std::vector<MelodyFile> files;
  for (size_t row = 0; row < table.size(); ++row) {
    const std::string &id = table.text(row, "reference_id"), &name = table.text(row, "path");
    if (id.empty()) table.fail(row, "reference_id is empty");
    if (name.empty()) table.fail(row, "path is empty");
    files.push_back({id, path.parent_path() / name, table.text_or_empty(row, "title")});
  }
  return files;
}

/// A file that only bears the name is taken, too: it is set aside with its reason.
std::vector<MelodyFile> files_of_folder(const fs::path& folder) {
  std::vector<MelodyFile> files;
  for (const fs::path& file : list_folder_deeply(folder)) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) continue;
    if (dsp::has_midi_name(file) || dsp::is_midi(file)) files.push_back({dsp::name_of_audio(file), file});
  }
  return files;
}

/// @throws ConfigError for an id that is nowhere
void leave_out(std::vector<MelodyFile>& files, const MelodySource& source) {
  std::set<std::string> known;
  for (const MelodyFile& file : files) known.insert(file.id);
  for (const std::string& id : source.leave_out) {
    if (known.contains(id)) continue;
    const std::string nearest = nearest_name(id, known);
    throw ConfigError(fmt::format("[melodies] leave_out: {} has no melody '{}'{}", source.path, id,
                                  nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
  }
  const std::set<std::string> unwanted(source.leave_out.begin(), source.leave_out.end());
  std::erase_if(files, [&](const MelodyFile& file) { return unwanted.contains(file.id); });
}

std::vector<MelodyFile> files_of(const MelodySource& source) {
  const fs::path path = source.path;
  std::vector<MelodyFile> files = fs::is_directory(path) ? files_of_folder(path) : files_of_table(path);
  if (!source.leave_out.empty()) leave_out(files, source);
  return files;
}

void tell_set_aside(const std::vector<std::string>& reasons, size_t files) {
  if (reasons.empty()) return;
  std::string named;
  for (size_t i = 0; i < std::min(reasons.size(), kNamedFiles); ++i)
    named += (i == 0 ? "" : "; ") + reasons[i];
  log_warning("melodies: {} of {} files set aside: {}{}", reasons.size(), files, named,
              reasons.size() > kNamedFiles ? "; …" : "");
}

}  // namespace

void bind(configs::Binder& b, MelodySource& c) {
  b.text("path", c.path, "folder of MIDI files, or table with reference_id and path (relative to the table)");
  b.texts("leave_out", c.leave_out, "ids that are not taken");
  b.sparse_integer("composed", c.composed, configs::between(0, kMostComposed),
                   "so many melodies are composed, in place of a path; 0: none");
  b.sparse_integer("seed", c.seed, configs::at_least(0), "of composed melodies");
  b.require(!c.path.empty() || c.composed > 0, "path", "must be given, or `composed` in its place");
  b.require(c.path.empty() || c.composed == 0, "composed", "stands in place of a path");
  b.require(c.leave_out.empty() || c.composed == 0, "leave_out", "is of the melodies of a path");
  b.require(c.composed > 0 || c.seed == 0, "seed", "is that of composed melodies");
}

std::vector<Melody> read_melodies(const std::vector<MelodySource>& sources) {
  if (sources.empty())
    throw ConfigError(
        "[melodies] sources: name a folder of MIDI files, a table of them, or how many are composed");
  std::vector<MelodyFile> files;
  std::vector<Melody> composed;
  for (const MelodySource& source : sources) {
    if (source.composed > 0) {
      std::vector<Melody> more = compose_melodies(source.composed, static_cast<uint64_t>(source.seed));
      std::move(more.begin(), more.end(), std::back_inserter(composed));
      continue;
    }
    std::vector<MelodyFile> more = files_of(source);
    std::move(more.begin(), more.end(), std::back_inserter(files));
  }
  std::vector<Melody> read(files.size());
  std::vector<std::string> problems(files.size());
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(size_t{0}, files.size(), [&](size_t i) {
      try {
        read[i] = {files[i].id, dsp::melody_of(dsp::read_midi(files[i].path), files[i].path.string()),
                   files[i].title};
      } catch (const DataError& e) {
        problems[i] = e.what();
      }
    });
  });
  std::vector<Melody> melodies;
  std::vector<std::string> reasons;
  for (size_t i = 0; i < files.size(); ++i) {
    if (problems[i].empty())
      melodies.push_back(std::move(read[i]));
    else
      reasons.push_back(std::move(problems[i]));
  }
  std::move(composed.begin(), composed.end(), std::back_inserter(melodies));
  if (melodies.empty()) {
    const std::string where = sources.front().path;
    if (reasons.empty()) throw DataError(where, "", "holds no melody");
    throw DataError(
        where, "",
        fmt::format("none of {} files holds a melody; the first: {}", files.size(), reasons.front()));
  }
  tell_set_aside(reasons, files.size());
  return melodies;
}

}  // namespace melomine::melody
