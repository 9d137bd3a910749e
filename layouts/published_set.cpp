#include "layouts/published_set.h"

#include <iterator>
#include <utility>

namespace melomine::layouts {
namespace {

template <class T>
void move_behind(std::vector<T>& list, std::vector<T>& further) {
  list.insert(list.end(), std::make_move_iterator(further.begin()), std::make_move_iterator(further.end()));
}

}  // namespace

void check_items(Checklist& checklist, const std::string& what, const std::vector<Item>& items) {
  checklist.parts.push_back({.what = what});
  for (const Item& item : items) checklist.tally(item.id, item.is_there);
}

void prefix_ids(PublishedSet& set, const std::string& prefix) {
  for (auto* items : {&set.queries, &set.references})
    for (Item& item : *items) {
      item.id.insert(0, prefix);
      if (!item.group.empty()) item.group.insert(0, prefix);
      for (std::string& id : item.right) id.insert(0, prefix);
    }
}

void make_queries_references(PublishedSet& set) {
  move_behind(set.queries, set.references);
  set.references = std::exchange(set.queries, {});
}

void append(PublishedSet& set, PublishedSet further) {
  move_behind(set.queries, further.queries);
  move_behind(set.references, further.references);
  move_behind(set.lists, further.lists);
  Checklist& checklist = set.checklist;
  for (ChecklistPart& part : further.checklist.parts) {
    part.what += " of " + further.checklist.layout;
    checklist.parts.push_back(std::move(part));
  }
  checklist.layout += " and " + further.checklist.layout;
  const int64_t unread = checklist.unread_rows + further.checklist.unread_rows;
  for (std::string& row : further.checklist.unread) checklist.add_unread(std::move(row));
  checklist.unread_rows = unread;
  move_behind(checklist.notes, further.checklist.notes);
}

}  // namespace melomine::layouts
