#include <array>
#include <string_view>

#include "core/text.h"
#include "experiments/leaks.h"

namespace melomine::experiments {
namespace {

/// Latin letters with diacritics, from U+00C0 on, as plain ones; '*' where a letter stays as it is.
constexpr std::string_view kLatin1 = "aaaaaa*ceeeeiiiidnooooo*ouuuuy**aaaaaa*ceeeeiiiidnooooo*ouuuuy*y";
constexpr std::string_view kExtendedA =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii**jjkkklllllll"
    "lllnnnnnnn**oooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kLatin1.size() == 0x40 && kExtendedA.size() == 0x80);

/// Bytes of the character that begins with this one (UTF-8).
size_t length_of(unsigned char first) {
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/// The plain letter of a character of two bytes, '\0' where it has none.
char plain_letter(unsigned char first, unsigned char second) {
  const unsigned code = ((first & 0x1FU) << 6) | (second & 0x3FU);
  char letter = '*';
  if (code >= 0xC0 && code < 0x100) letter = kLatin1[code - 0xC0];
  if (code >= 0x100 && code < 0x180) letter = kExtendedA[code - 0x100];
  return letter == '*' ? '\0' : letter;
}

/// Combining diacritics, U+0300 to U+036F.
bool is_combining(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  return first == 0xCC || (first == 0xCD && static_cast<unsigned char>(character[1]) < 0xB0);
}

/// Lower case, plain letters, blanks for punctuation, without what stands in brackets.
std::string plain_text(const std::string& title) {
  std::string plain;
  int depth = 0;
  for (size_t i = 0; i < title.size();) {
    const auto first = static_cast<unsigned char>(title[i]);
    const std::string_view character = std::string_view(title).substr(i, length_of(first));
    i += character.size();
    if (character == "(" || character == "[" || character == "{" || character == "（") ++depth;
    const bool inside = depth > 0;
    if (depth > 0 && (character == ")" || character == "]" || character == "}" || character == "）")) --depth;
    if (inside || (character.size() == 2 && is_combining(character))) continue;
    if (first < 0x80) {
      if (character == "'") continue;  // don't, dont
      const bool is_word =
          (first >= '0' && first <= '9') || (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
      plain += is_word ? static_cast<char>(first) : ' ';
    } else if (const char letter = character.size() == 2
                                       ? plain_letter(first, static_cast<unsigned char>(character[1]))
                                       : '\0';
               letter != '\0') {
      plain += letter;
    } else if (character != "’" && character != "‘") {
      const bool punctuation = character.starts_with("\xE2\x80") || character.starts_with("\xE3\x80") ||
                               character.starts_with("\xC2");
      plain += punctuation ? std::string_view(" ") : character;
    }
  }
  return lower_case(plain);
}

}  // namespace

std::string title_key(const std::string& title) {
  const std::string plain = plain_text(replace_invalid_utf8(title)) + " ";
  std::string key, word;
  for (const char c : plain) {
    if (c != ' ') {
      word += c;
      continue;
    }
    if (word.empty()) continue;
    if (!key.empty() && (word == "feat" || word == "ft" || word == "featuring")) break;
    key += (key.empty() ? "" : " ") + word;
    word.clear();
  }
  return key;
}

}  // namespace melomine::experiments
