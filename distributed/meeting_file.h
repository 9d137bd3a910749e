#pragma once

#include <filesystem>
#include <string>

namespace melomine::distributed {

/// The file in a run's folder by which the ranks of a start meet. The last rank that ends removes it; a kill
/// leaves it.
std::filesystem::path meeting_file(const std::filesystem::path& folder, const std::string& start);

/// Removes what killed starts left: files of the same job, which meets no more under its older name, and
/// those that nobody has written for a day, as another start may be about to meet. For whoever holds the run.
/// @param start  whose file stays
/// @param job    begins the names of all starts of this job; empty: has no other
void remove_left_meeting_files(const std::filesystem::path& folder, const std::string& start,
                               const std::string& job);

}  // namespace melomine::distributed
