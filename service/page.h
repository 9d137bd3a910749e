#pragma once

#include <string>

namespace melomine::service {

/// The page at /, which needs nothing but its style, its icon and its script beside it.
std::string page_html();
/// Light and dark, wide and narrow.
std::string page_style();
std::string page_icon();
/// Records, searches, lists, draws. Texts of the library become text of the page and never markup.
std::string page_script();

/// `ask(path, options)`, by which a page gets JSON from its service; for other pages, too.
extern const char* const kAskScript;
/// The parts of the script: drawing of curves, hearing, and the rest, which uses all.
extern const char* const kPlotScript;
extern const char* const kSoundScript;
extern const char* const kMainScript;

}  // namespace melomine::service
