#include "regeneration/download_failure.h"

#include <array>
#include <cctype>

#include "core/text.h"

namespace melomine::regeneration {
namespace {

struct Sign {
  std::string_view phrase;
  FailureKind kind;
  std::string_view reason;
};

/// The first that is found counts, so those that mean more stand first.
constexpr std::array kSigns = {
    Sign{"not a bot", FailureKind::kHuman, "human"},
    Sign{"captcha", FailureKind::kHuman, "human"},
    Sign{"verify you are human", FailureKind::kHuman, "human"},
    Sign{"unusual traffic", FailureKind::kHuman, "human"},
    Sign{"429", FailureKind::kThrottled, "throttled"},
    Sign{"too many requests", FailureKind::kThrottled, "throttled"},
    Sign{"rate-limit", FailureKind::kThrottled, "throttled"},
    Sign{"rate-limited", FailureKind::kThrottled, "throttled"},
    Sign{"rate limit", FailureKind::kThrottled, "throttled"},
    Sign{"private video", FailureKind::kPermanent, "private"},
    Sign{"video is private", FailureKind::kPermanent, "private"},
    Sign{"members-only", FailureKind::kPermanent, "private"},
    Sign{"in your country", FailureKind::kPermanent, "blocked"},
    Sign{"copyright", FailureKind::kPermanent, "blocked"},
    Sign{"confirm your age", FailureKind::kPermanent, "age"},
    Sign{"has been removed", FailureKind::kPermanent, "removed"},
    Sign{"has been terminated", FailureKind::kPermanent, "removed"},
    Sign{"no longer available", FailureKind::kPermanent, "removed"},
    Sign{"video unavailable", FailureKind::kPermanent, "removed"},
    Sign{"does not exist", FailureKind::kPermanent, "removed"},
    Sign{"404", FailureKind::kPermanent, "removed"},
    Sign{"410", FailureKind::kPermanent, "removed"},
    Sign{"403", FailureKind::kTemporary, "forbidden"},
    Sign{"500", FailureKind::kTemporary, "server"},
    Sign{"502", FailureKind::kTemporary, "server"},
    Sign{"503", FailureKind::kTemporary, "server"},
    Sign{"504", FailureKind::kTemporary, "server"},
    Sign{"timed out", FailureKind::kTemporary, "time_out"},
    Sign{"timeout", FailureKind::kTemporary, "time_out"},
    Sign{"name resolution", FailureKind::kTemporary, "network"},
    Sign{"connection", FailureKind::kTemporary, "network"},
    Sign{"network", FailureKind::kTemporary, "network"},
};

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// Whether the phrase stands there, not as a part of a longer word such as a video's id.
bool has_phrase(std::string_view text, std::string_view phrase) {
  for (size_t at = text.find(phrase); at != std::string_view::npos; at = text.find(phrase, at + 1)) {
    const size_t end = at + phrase.size();
    const bool begins = at == 0 || !is_word_character(text[at - 1]);
    const bool ends = end == text.size() || !is_word_character(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

Failure failure_of(std::string_view text, bool timed_out) {
  if (timed_out) return {FailureKind::kTemporary, "time_out"};
  const std::string lower = lower_case(text);
  for (const Sign& sign : kSigns)
    if (has_phrase(lower, sign.phrase)) return {sign.kind, std::string(sign.reason)};
  return {FailureKind::kTemporary, "exit_status"};
}

}  // namespace melomine::regeneration
