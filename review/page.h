#pragma once

#include <string>

namespace melomine::review {

/// The page at /, which needs nothing but its style, its icon and its script beside it.
std::string page_html();
/// Light and dark, wide and narrow.
std::string page_style();
std::string page_icon();
/// Asks, draws, plays, answers by keys. Titles become text of the page and never markup.
std::string page_script();

/// The parts of the script: drawing, hearing, and the rest, which uses both.
extern const char* const kDrawScript;
extern const char* const kPlayScript;
extern const char* const kReviewScript;

}  // namespace melomine::review
