#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "layouts/checklist.h"

namespace melomine::layouts {

/// A recording or score that a published set lists.
struct Item {
  std::string id;                   ///< as the set writes it: leading zeros and dashes are kept
  std::filesystem::path path = {};  ///< where it is, or else where it was looked for; may be empty
  bool is_there = false;            ///< whether `path` is a file
  std::string group = {};           ///< song, work or clique that it is of; "" where the set knows none
  std::vector<std::string> right =
      {};                       ///< ids of the references that it has to find; none: those of its group
  std::string singer = {};      ///< "" where the set does not tell
  std::string youtube_id = {};  ///< "" where the set has none
  std::string place = {};       ///< what lists it, for messages: "query.list: line 3", or its own path
};

/// A published set as its layout tells it. Absent audio is no error: its items stay, and the checklist counts
/// them.
struct PublishedSet {
  std::vector<Item> queries = {};     ///< what is sung or hummed; none of sets that list recordings alone
  std::vector<Item> references = {};  ///< what is searched, or the versions of works
  std::vector<std::filesystem::path> lists = {};  ///< files of it that were read, beside audio and scores
  Checklist checklist = {};
};

/// Adds a part to the checklist that counts these items. @param what  in the plural: "queries"
void check_items(Checklist& checklist, const std::string& what, const std::vector<Item>& items);

/// Puts a name before the ids and groups of all items, so that those of another set differ from them.
void prefix_ids(PublishedSet& set, const std::string& prefix);

/// Makes queries references, before those that there are: of sets whose queries are recordings, no hums,
/// where all ask for each other.
void make_queries_references(PublishedSet& set);

/// Puts another set behind one: its items, lists and what its checklist says.
void append(PublishedSet& set, PublishedSet further);

}  // namespace melomine::layouts
