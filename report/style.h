#pragma once

namespace melomine::report {

/// The page's style sheet: light and dark, wide and narrow, on paper.
extern const char* const kReportStyle;

}  // namespace melomine::report
