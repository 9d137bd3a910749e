#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace melomine::evaluation {

/// One melody that can be found.
struct ReferenceEntry {
  std::string reference_id;
  std::filesystem::path path;     ///< audio or MIDI
  std::vector<std::string> also;  ///< reference_ids whose queries it is a right answer of, too
  std::string title = {};         ///< "" where the table has none
  std::string table;              ///< file and line of the entry, for messages: "refs.csv: line 3"
};

/// What becomes of queries and references that cannot be used, not being there or broken.
enum class BrokenItems {
  kAreErrors,   ///< the first one ends the evaluation
  kAreLeftOut,  ///< they are left out, and told
};
/// The end of an error's message that says how to go on without the item.
inline constexpr std::string_view kKeepGoingRemedy =
    "`melomine evaluate --keep-going`, or evaluate.keep_going=true of an experiment, leaves such items out";

/// What of the tables takes no part.
struct Omissions {
  std::vector<std::string> leave_out = {};       ///< reference_ids that are no candidates
  BrokenItems broken = BrokenItems::kAreErrors;  ///< whether a file that is not there is an error here
};

struct ReferenceTable {
  std::vector<ReferenceEntry> entries;
  std::vector<std::string> left_out;  ///< in folders: files neither audio nor MIDI, "folders/", dead links
};

/// The table that a folder of references may have.
inline constexpr const char* kReferencesTable = "references.csv";

/// A references table (reference_id, path, and also: further reference_ids, separated by semicolons, whose
/// melody it has; paths relative to the table), or a folder: its references.csv where it has one, else every
/// audio and MIDI file in it, told by its name or by its content, under its name without the extension;
/// folders in it are not entered. Several are put end to end. The sidecar files (._name) that macOS puts
/// beside others are passed over.
/// @throws DataError naming file and line: an id or column missing or twice, no such file, an empty table, an
///         id of `also` that is nowhere, a link in a folder that is named as audio and leads nowhere;
///         ConfigError for an id to leave out that is nowhere
ReferenceTable read_references(const std::vector<std::filesystem::path>& tables,
                               const Omissions& omissions = {});

/// One query of a table.
struct QueryEntry {
  std::string query;  ///< as in the table; its id
  std::filesystem::path path;
  std::string reference_id;       ///< "" when the queries are matched with each other
  std::vector<std::string> also;  ///< further reference_ids that are right
  std::string group;              ///< "" when they are matched with references
  std::string song;               ///< the group where it has one, else the reference_id
  std::string table;              ///< file and line of the entry, for messages
};

struct QueryTable {
  std::vector<QueryEntry> queries;
  /// Queries that name a group and no reference_id, where references were asked for: their melody is known
  /// not to be among the references. And those whose reference was left out.
  std::vector<std::string> left_out;
};

/// What a query of the table is matched with.
enum class MatchQueriesWith {
  kReferences,  ///< column reference_id: the correct reference; column also: further ones
  kEachOther,   ///< column group: every other query of the group is correct
};

/// A query table: query (a path relative to the table), reference_id and/or group, and also: further
/// reference_ids that are right, separated by semicolons.
/// @param references  where the queries' references must be found, for kReferences
/// @param omissions   as the references were read with
/// @throws DataError naming file and line: neither reference_id nor group, a reference that is not there, a
///         query given twice, no such file, a group of one, an empty table
QueryTable read_queries(const std::filesystem::path& table, MatchQueriesWith match,
                        const std::vector<ReferenceEntry>& references, const Omissions& omissions = {});

}  // namespace melomine::evaluation
