#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace melomine::evaluation {

/// One melody that can be found.
struct ReferenceEntry {
  std::string reference_id;
  std::filesystem::path path;  ///< audio or MIDI
  std::string table;           ///< file and line of the entry, for messages: "refs.csv: line 3"
};

/// A references table (reference_id, path; paths relative to the table), or a folder: its references.csv
/// where it has one, else every audio and MIDI file in it under its name without the extension. Several are
/// put end to end.
/// @throws DataError naming file and line: an id or column missing or twice, no such file, an empty table
std::vector<ReferenceEntry> read_references(const std::vector<std::filesystem::path>& tables);

/// One query of a table.
struct QueryEntry {
  std::string query;  ///< as in the table; its id
  std::filesystem::path path;
  std::string reference_id;  ///< "" when the queries are matched with each other
  std::string group;         ///< "" when they are matched with references
  std::string table;         ///< file and line of the entry, for messages
};

struct QueryTable {
  std::vector<QueryEntry> queries;
  /// Queries that name a group and no reference_id, where references were asked for: their melody is known
  /// not to be among the references.
  std::vector<std::string> left_out;
};

/// What a query of the table is matched with.
enum class MatchQueriesWith {
  kReferences,  ///< column reference_id: the one correct reference
  kEachOther,   ///< column group: every other query of the group is correct
};

/// A query table: query (a path relative to the table), reference_id and/or group.
/// @param references  where the queries' references must be found, for kReferences
/// @throws DataError naming file and line: neither reference_id nor group, a reference that is not there, a
///         query given twice, no such file, a group of one, an empty table
QueryTable read_queries(const std::filesystem::path& table, MatchQueriesWith match,
                        const std::vector<ReferenceEntry>& references);

}  // namespace melomine::evaluation
