#include "tests/campaign/mutation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace melomine::campaign {
namespace {

using Words = std::vector<std::string>;

/// A place in the bytes; their end is one where something can be inserted.
size_t place_in(const std::string& bytes, RandomStream& random) {
  return static_cast<size_t>(random.integer(static_cast<int64_t>(bytes.size()) + 1));
}

/// Lengths of all sizes: as often below 10 as below 100 or 1000.
size_t length_up_to(size_t most, RandomStream& random) {
  const double longest = static_cast<double>(std::max<size_t>(most, 1));
  const auto length =
      static_cast<size_t>(std::min(longest, std::exp2(random.uniform(0, std::log2(longest + 1)))));
  return std::min(length, most);
}

/// [begin, begin + length) inside the bytes.
std::pair<size_t, size_t> block_in(const std::string& bytes, RandomStream& random) {
  const size_t length = length_up_to(bytes.size(), random);
  return {static_cast<size_t>(random.integer(static_cast<int64_t>(bytes.size() - length) + 1)), length};
}

void flip_bits(std::string& bytes, RandomStream& random) {
  for (int64_t flips = 1 + random.integer(4); flips > 0 && !bytes.empty(); --flips)
    bytes[static_cast<size_t>(random.integer(static_cast<int64_t>(bytes.size())))] ^=
        static_cast<char>(1 << random.integer(8));
}

void truncate(std::string& bytes, RandomStream& random) {
  bytes.resize(bytes.size() - length_up_to(bytes.size(), random));
}

/// Lengths, counts and offsets of binary formats, in either order of bytes.
void set_number(std::string& bytes, RandomStream& random) {
  static constexpr std::array<uint64_t, 18> kExtremes = {0,
                                                         1,
                                                         2,
                                                         0x7f,
                                                         0x80,
                                                         0xff,
                                                         0x7fff,
                                                         0x8000,
                                                         0xffff,
                                                         0x7fffffff,
                                                         0x80000000,
                                                         0xffffffff,
                                                         0x100000000,
                                                         1ull << 40,
                                                         1ull << 60,
                                                         0x7fffffffffffffff,
                                                         0x8000000000000000,
                                                         0xffffffffffffffff};
  const size_t width = size_t{1} << random.integer(4);
  if (bytes.size() < width) return;
  const size_t at = static_cast<size_t>(random.integer(static_cast<int64_t>(bytes.size() - width) + 1));
  uint64_t value = kExtremes[static_cast<size_t>(random.integer(kExtremes.size()))];
  if (random.chance(0.2)) value = bytes.size() + static_cast<uint64_t>(random.integer(5)) - 2;
  const bool little = random.chance(0.5);
  for (size_t i = 0; i < width; ++i)
    bytes[at + (little ? i : width - 1 - i)] = static_cast<char>(value >> (8 * i));
}

void erase_block(std::string& bytes, RandomStream& random) {
  const auto [begin, length] = block_in(bytes, random);
  bytes.erase(begin, length);
}

void copy_block(std::string& bytes, RandomStream& random) {
  const auto [begin, length] = block_in(bytes, random);
  const std::string block = bytes.substr(begin, length);
  const size_t to = place_in(bytes, random);
  if (random.chance(0.5))
    bytes.insert(to, block);
  else
    bytes.replace(to, std::min(length, bytes.size() - to), block);
}

void repeat_block(std::string& bytes, RandomStream& random) {
  const auto [begin, whole] = block_in(bytes, random);
  const std::string block = bytes.substr(begin, std::min<size_t>(whole, 4096));
  std::string repeated;
  for (int64_t times = 2 + static_cast<int64_t>(length_up_to(2000, random)); times > 0; --times)
    repeated += block;
  bytes.insert(begin, repeated);
}

void insert_noise(std::string& bytes, RandomStream& random) {
  std::string noise(1 + length_up_to(64, random), '\0');
  for (char& c : noise) c = static_cast<char>(random.integer(256));
  bytes.insert(place_in(bytes, random), noise);
}

void exchange_lines(std::string& bytes, RandomStream& random) {
  const auto line_at = [&] {
    const size_t at = place_in(bytes, random);
    const size_t before = at == 0 ? std::string::npos : bytes.rfind('\n', at - 1);
    const size_t begin = before == std::string::npos ? 0 : before + 1;
    return std::pair(begin, std::min(bytes.find('\n', at), bytes.size()) - begin);
  };
  const auto [from, length] = line_at();
  const std::string line = bytes.substr(from, length);
  const auto [to, replaced] = line_at();
  bytes.replace(to, replaced, line);
}

/// A number of a text becomes one that no reader expects.
void replace_number(std::string& bytes, RandomStream& random) {
  static const Words kNumbers = {"-1",
                                 "0",
                                 "1e999",
                                 "-1e308",
                                 "99999999999999999999",
                                 "9223372036854775807",
                                 "-9223372036854775808",
                                 "nan",
                                 "inf",
                                 "1e-320",
                                 "0x10",
                                 "",
                                 "1.5",
                                 "4294967296",
                                 "1e18",
                                 "-0",
                                 "null",
                                 "true"};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(place_in(bytes, random));
  const auto begin = std::find_if(from, bytes.end(), is_digit);
  const auto end = std::find_if_not(begin, bytes.end(), is_digit);
  bytes.replace(begin, end, random.pick(kNumbers));
}

void nest_deeply(std::string& bytes, RandomStream& random) {
  static const Words kOpen = {"[", "{\"a\":", "(", "- ", "? ", "{a: ", "\"\"", "&a [*a,"};
  const std::string& open = random.pick(kOpen);
  std::string nested;
  for (size_t depth = size_t{1} << (4 + random.integer(14)); depth > 0; --depth) nested += open;
  bytes.insert(place_in(bytes, random), nested);
}

void put_word(std::string& bytes, const Words& words, RandomStream& random) {
  if (words.empty()) return flip_bits(bytes, random);
  const std::string& word = random.pick(words);
  const size_t at = place_in(bytes, random);
  bytes.replace(at, random.chance(0.5) ? std::min(word.size(), bytes.size() - at) : 0, word);
}

}  // namespace

std::string mutant_of(std::string_view original, const Words& words, RandomStream& random) {
  using Change = void (*)(std::string&, RandomStream&);
  static constexpr std::array<Change, 12> kChanges = {
      flip_bits,  flip_bits,    truncate,     set_number,     set_number,     erase_block,
      copy_block, repeat_block, insert_noise, exchange_lines, replace_number, nest_deeply};
  std::string bytes(original);
  do {
    const auto which = static_cast<size_t>(random.integer(kChanges.size() + 2));
    if (which < kChanges.size())
      kChanges[which](bytes, random);
    else
      put_word(bytes, words, random);
    bytes.resize(std::min(bytes.size(), kLongestMutant_bytes));
  } while (random.chance(0.4));
  return bytes;
}

}  // namespace melomine::campaign
