#include "pitch/torch_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "core/byte_order.h"
#include "core/error.h"
#include "pitch/zip_archive.h"

namespace melomine::pitch {
namespace {

/// A value of the pickle, as far as a state dict has them. What is of no use here is kNone.
struct PickleValue {
  enum class Kind { kNone, kMark, kInteger, kText, kGlobal, kTuple, kDict, kStorage, kArray };
  Kind kind = Kind::kNone;
  int64_t integer = 0;
  std::string text;                ///< of a text, or a global's name
  std::vector<PickleValue> items;  ///< of a tuple; of a dict key, value, key, value, …
  NamedArray array;
};

using Kind = PickleValue::Kind;

/// Runs the instructions of a pickle (the module pickletools of Python documents them) on a stack of values.
class StatePickle {
 public:
  StatePickle(const ZipArchive& archive, const std::string& folder, const std::string& name)
      : archive_(archive), folder_(folder), name_(name), bytes_(archive.file(folder + "data.pkl")) {}

  std::map<std::string, NamedArray> read() {
    while (step()) {
    }
    const PickleValue dict = pop();
    std::map<std::string, NamedArray> arrays;
    if (dict.kind != Kind::kDict) fail("holds no dict: save model.state_dict()");
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2)
      if (dict.items[i].kind == Kind::kText && dict.items[i + 1].kind == Kind::kArray)
        arrays[dict.items[i].text] = dict.items[i + 1].array;
    return arrays;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw DataError(name_, "data.pkl", what); }

  std::string_view take(size_t count) {
    if (count > bytes_.size() - at_) fail("is cut off");
    return bytes_.substr(std::exchange(at_, at_ + count), count);
  }
  uint64_t take_number(size_t count) { return little_endian(take(count)); }
  std::string take_line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("is cut off");
    std::string line(take(end - at_));
    take(1);
    return line;
  }

  PickleValue pop() {
    if (stack_.empty()) fail("is damaged");
    PickleValue value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }
  void push(Kind kind, std::vector<PickleValue> items = {}) {
    stack_.push_back({.kind = kind, .integer = 0, .text = {}, .items = std::move(items), .array = {}});
  }
  void push_integer(int64_t value) {
    push(Kind::kInteger);
    stack_.back().integer = value;
  }
  void push_text(Kind kind, std::string text) {
    push(kind);
    stack_.back().text = std::move(text);
  }
  /// The last `count` values of the stack.
  std::vector<PickleValue> pop_many(size_t count) {
    if (count > stack_.size()) fail("is damaged");
    std::vector<PickleValue> values(std::make_move_iterator(stack_.end() - static_cast<long>(count)),
                                    std::make_move_iterator(stack_.end()));
    stack_.resize(stack_.size() - count);
    return values;
  }
  /// What lies above the last mark, which goes too.
  std::vector<PickleValue> pop_to_mark() {
    size_t count = 0;
    while (count < stack_.size() && stack_[stack_.size() - 1 - count].kind != Kind::kMark) ++count;
    std::vector<PickleValue> values = pop_many(count);
    pop();
    return values;
  }
  void set_items(std::vector<PickleValue> items) {
    if (stack_.empty()) fail("is damaged");
    if (stack_.back().kind == Kind::kDict)
      for (PickleValue& item : items) stack_.back().items.push_back(std::move(item));
  }
  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("is damaged");
    stack_.push_back(found->second);
  }
  /// Texts, names and plain tuples are asked for again. Arrays are not, and of tuples of tuples a few bytes
  /// could ask for any amount.
  void remember(uint64_t index) {
    if (stack_.empty()) fail("is damaged");
    const PickleValue& value = stack_.back();
    const bool is_plain = std::all_of(value.items.begin(), value.items.end(),
                                      [](const PickleValue& item) { return item.items.empty(); });
    if (value.kind != Kind::kArray && is_plain) memo_[index] = value;
  }

  /// @returns false at the end
  bool step();
  /// Numbers, texts and names. @returns whether it was one
  bool step_value(char code);
  void reduce();
  void load_storage();
  PickleValue rebuild_array(const PickleValue& arguments) const;

  const ZipArchive& archive_;
  std::string folder_, name_;
  std::string_view bytes_;
  size_t at_ = 0;
  std::vector<PickleValue> stack_;
  std::map<uint64_t, PickleValue> memo_;
};

bool StatePickle::step_value(char code) {
  switch (code) {
    case 'J':  // BININT
      push_integer(static_cast<int32_t>(take_number(4)));
      return true;
    case 'K':  // BININT1
      push_integer(static_cast<int64_t>(take_number(1)));
      return true;
    case 'M':  // BININT2
      push_integer(static_cast<int64_t>(take_number(2)));
      return true;
    case '\x8a': {  // LONG1
      const auto count = take_number(1);
      if (count > 8) fail("holds a number of more than 64 bits");
      push_integer(static_cast<int64_t>(take_number(count)));
      return true;
    }
    case 'G':  // BINFLOAT
      take(8);
      push(Kind::kNone);
      return true;
    case 'X':  // BINUNICODE
      push_text(Kind::kText, std::string(take(take_number(4))));
      return true;
    case '\x8c':  // SHORT_BINUNICODE
      push_text(Kind::kText, std::string(take(take_number(1))));
      return true;
    case 'c': {  // GLOBAL
      const std::string module = take_line();
      push_text(Kind::kGlobal, module + " " + take_line());
      return true;
    }
    case 'N':
    case '\x88':  // NEWTRUE
    case '\x89':  // NEWFALSE
      push(Kind::kNone);
      return true;
    default:
      return false;
  }
}

bool StatePickle::step() {
  const char code = take(1)[0];
  if (step_value(code)) return true;
  switch (code) {
    case '\x80':  // PROTO
      take(1);
      return true;
    case '.':  // STOP
      return false;
    case '(':  // MARK
      push(Kind::kMark);
      return true;
    case ')':  // EMPTY_TUPLE
      push(Kind::kTuple);
      return true;
    case '}':  // EMPTY_DICT
      push(Kind::kDict);
      return true;
    case 't':  // TUPLE
      push(Kind::kTuple, pop_to_mark());
      return true;
    case '\x85':  // TUPLE1 … TUPLE3
    case '\x86':
    case '\x87':
      push(Kind::kTuple, pop_many(static_cast<size_t>(static_cast<uint8_t>(code) - 0x84)));
      return true;
    case 'q':  // BINPUT
      remember(take_number(1));
      return true;
    case 'r':  // LONG_BINPUT
      remember(take_number(4));
      return true;
    case 'h':  // BINGET
      recall(take_number(1));
      return true;
    case 'j':  // LONG_BINGET
      recall(take_number(4));
      return true;
    case 's':  // SETITEM
      set_items(pop_many(2));
      return true;
    case 'u':  // SETITEMS
      set_items(pop_to_mark());
      return true;
    case 'Q':  // BINPERSID
      load_storage();
      return true;
    case 'R':  // REDUCE
      reduce();
      return true;
    case 'b':  // BUILD: attributes of the dict, which are of no use here
      pop();
      return true;
    default:
      fail(fmt::format("has the instruction 0x{:02x}, which a state dict of arrays does not need",
                       static_cast<uint8_t>(code)));
  }
}

/// ('storage', type, key, device, count) → a storage that knows its type and key.
void StatePickle::load_storage() {
  const PickleValue id = pop();
  if (id.kind != Kind::kTuple || id.items.size() < 3 || id.items[1].kind != Kind::kGlobal ||
      id.items[2].kind != Kind::kText)
    fail("names a storage that is none");
  push(Kind::kStorage, id.items);
}

void StatePickle::reduce() {
  const PickleValue arguments = pop(), function = pop();
  if (function.kind != Kind::kGlobal) fail("is damaged");
  if (function.text == "collections OrderedDict") {
    push(Kind::kDict);
  } else if (function.text == "torch._utils _rebuild_tensor_v2") {
    stack_.push_back(rebuild_array(arguments));
  } else if (function.text == "torch._utils _rebuild_parameter" && !arguments.items.empty()) {
    stack_.push_back(arguments.items[0]);
  } else {
    fail("would call " + function.text + ", which reading arrays does not need");
  }
}

/// (storage, offset, shape, strides, …)
PickleValue StatePickle::rebuild_array(const PickleValue& arguments) const {
  const auto& items = arguments.items;
  if (items.size() < 4 || items[0].kind != Kind::kStorage || items[1].kind != Kind::kInteger ||
      items[2].items.size() != items[3].items.size())
    fail("has a damaged array");
  PickleValue value{.kind = Kind::kNone, .integer = 0, .text = {}, .items = {}, .array = {}};
  if (items[0].items[1].text != "torch FloatStorage") return value;
  value.kind = Kind::kArray;
  const std::string_view bytes = archive_.file(folder_ + "data/" + items[0].items[2].text);
  uint64_t count = 1;
  for (size_t axis = items[2].items.size(); axis-- > 0;) {
    const int64_t extent = items[2].items[axis].integer;
    if (extent < 0 || (extent > 1 && items[3].items[axis].integer != static_cast<int64_t>(count)))
      fail("has an array that is not row-major");
    value.array.shape.insert(value.array.shape.begin(), extent);
    count *= static_cast<uint64_t>(extent);
    if (count > bytes.size()) fail("has an array longer than its storage");
  }
  const auto offset = static_cast<uint64_t>(items[1].integer);
  const uint64_t total = bytes.size() / sizeof(float);
  if (offset > total || count > total - offset) fail("has an array longer than its storage");
  value.array.values.resize(count);
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(value.array.values.data(), bytes.data() + offset * sizeof(float), count * sizeof(float));
  return value;
}

}  // namespace

bool is_torch_state(std::string_view bytes) {
  return bytes.starts_with("PK\3\4");
}

std::map<std::string, NamedArray> read_torch_state(std::string_view bytes, const std::string& name) {
  const ZipArchive archive(bytes, name);
  for (const auto& [path, content] : archive.files())
    if (path.ends_with("/data.pkl"))
      return StatePickle(archive, path.substr(0, path.size() - std::strlen("data.pkl")), name).read();
  throw DataError(name, "", "is a zip without data.pkl, which torch.save does not write");
}

}  // namespace melomine::pitch
