#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace melomine::service {

/// What a request's head may hold.
struct HeadRules {
  std::string host, known_as;  ///< names in the field Host beside localhost and plain addresses
  int64_t max_body_bytes = 0;
};

/// The head of a request that may be read on.
struct RequestHead {
  std::string text;  ///< with its blank line, and without what the parser would make too much of
  std::string method;
  int64_t body_bytes = 0;
};

/// Longest head, its blank line included.
inline constexpr size_t kLongestHead_bytes = 16384;

/// Looks at a request before anything else reads it, so that the parser behind meets only what is usual.
///
/// Host must be an address, localhost or a name that the service was given: a page of another host that had
/// its name led here (DNS rebinding) is told apart by that. POST with an Origin must come from the host's own
/// pages. Bodies have a Content-Length and are not compressed, so that their size is known before they come.
/// @param text  request line and fields, with the blank line at the end
/// @throws HttpError 400, 403, 411, 413, 414, 415, 431
RequestHead check_head(std::string_view text, const HeadRules& rules);

}  // namespace melomine::service
