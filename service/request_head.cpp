#include "service/request_head.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "core/text.h"
#include "service/http_error.h"

namespace melomine::service {
namespace {

constexpr size_t kLongestTarget_bytes = 2048, kLongestRange = 48, kMostFields = 64;

struct HeaderField {
  std::string name;  ///< in small letters
  std::string_view value, line;
};

/// What lies up to the next line break, which is taken away with it.
std::string_view take_line(std::string_view& text) {
  const size_t end = text.find("\r\n");
  if (end == text.npos) throw HttpError(400, "the request's head has a line without CR LF");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; };
  if (std::any_of(line.begin(), line.end(), is_control))
    throw HttpError(400, "the request's head holds control characters");
  return line;
}

bool is_token(std::string_view text) {
  constexpr std::string_view kFurther = "!#$%&'*+-.^_`|~";  // RFC 9110, section 5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kFurther.find(c) != kFurther.npos;
  });
}

std::vector<HeaderField> fields_of(std::string_view text) {
  std::vector<HeaderField> fields;
  for (;;) {
    const std::string_view line = take_line(text);
    if (line.empty()) return fields;
    const size_t colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)))
      throw HttpError(400, "the request's head has a line that is no field");
    if (fields.size() == kMostFields)
      throw HttpError(431, fmt::format("the request's head has more than {} fields", kMostFields));
    fields.push_back({lower_case(line.substr(0, colon)), trimmed(line.substr(colon + 1)), line});
  }
}

/// The value of a field that may be given once.
std::optional<std::string_view> value_of(const std::vector<HeaderField>& fields, std::string_view name) {
  std::optional<std::string_view> value;
  for (const HeaderField& field : fields) {
    if (field.name != name) continue;
    if (value) throw HttpError(400, fmt::format("the field {} was given twice", name));
    value = field.value;
  }
  return value;
}

/// A field Host without its port and without the brackets of an address of IPv6.
std::string_view name_of_host(std::string_view host) {
  if (host.starts_with('[')) return host.find(']') == host.npos ? "" : host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view name) {
  const std::string text(name);
  in6_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1 || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

void check_host(const std::vector<HeaderField>& fields, const HeadRules& rules) {
  const auto host = value_of(fields, "host");
  if (!host) throw HttpError(400, "the request has no field Host");
  const std::string name = lower_case(name_of_host(*host));
  if (is_address(name) || name == "localhost" || name == lower_case(rules.host)) return;
  if (!rules.known_as.empty() && name == lower_case(rules.known_as)) return;
  throw HttpError(403, fmt::format("this service is not known as '{}'; --known-as gives it a name",
                                   replace_invalid_utf8(name)));
}

/// A browser says where the page came from that asks.
void check_origin(const std::vector<HeaderField>& fields) {
  const auto origin = value_of(fields, "origin");
  const std::string host = lower_case(value_of(fields, "host").value_or(""));
  if (origin && lower_case(*origin) != "http://" + host && lower_case(*origin) != "https://" + host)
    throw HttpError(403, "pages of other hosts may not ask this service");
  const auto site = value_of(fields, "sec-fetch-site");
  if (site && *site != "same-origin" && *site != "none")
    throw HttpError(403, "pages of other hosts may not ask this service");
}

int64_t body_bytes_of(const std::vector<HeaderField>& fields, std::string_view method,
                      const HeadRules& rules) {
  if (value_of(fields, "transfer-encoding"))
    throw HttpError(411, "a body must come with its Content-Length, not in chunks");
  if (const auto encoding = value_of(fields, "content-encoding"); encoding && *encoding != "identity")
    throw HttpError(415, "a body must not be compressed");
  const auto text = value_of(fields, "content-length");
  if (!text && method == "POST") throw HttpError(411, "a POST must say its Content-Length");
  if (!text) return 0;
  const auto bytes = parse<int64_t>(*text);
  if (!bytes || *bytes < 0) throw HttpError(400, "Content-Length is no number");
  if (*bytes > rules.max_body_bytes)
    throw HttpError(413, fmt::format("the upload has {:.1f} MiB, at most {:.1f} are taken",
                                     static_cast<double>(*bytes) / (1 << 20),
                                     static_cast<double>(rules.max_body_bytes) / (1 << 20)));
  return *bytes;
}

}  // namespace

RequestHead check_head(std::string_view text, const HeadRules& rules) {
  if (text.size() > kLongestHead_bytes)
    throw HttpError(431, fmt::format("the request's head has more than {} bytes", kLongestHead_bytes));
  const std::string_view line = take_line(text);
  const size_t target = line.find(' '), version = line.rfind(' ');
  if (target == line.npos || target == version || !is_token(line.substr(0, target)) ||
      line[target + 1] != '/' || !line.substr(version + 1).starts_with("HTTP/1."))
    throw HttpError(400, "the request does not begin with a line of HTTP/1.1");
  if (version - target > kLongestTarget_bytes) throw HttpError(414, "the request's address is too long");
  const auto fields = fields_of(text);
  RequestHead head{.text = {}, .method = std::string(line.substr(0, target)), .body_bytes = 0};
  check_host(fields, rules);
  if (head.method != "GET" && head.method != "HEAD") check_origin(fields);
  head.body_bytes = body_bytes_of(fields, head.method, rules);
  head.text = std::string(line) + "\r\n";
  const auto range = value_of(fields, "range");
  for (const HeaderField& field : fields) {
    // Of many parts an answer could be many times the file.
    if (field.name == "range" && (range->size() > kLongestRange || range->find(',') != range->npos)) continue;
    // What curl calls any body that it is not told more of; no form is sent to this service.
    if (field.name == "content-type" && field.value.starts_with("application/x-www-form-urlencoded"))
      continue;
    head.text.append(field.line).append("\r\n");
  }
  head.text += "\r\n";
  return head;
}

}  // namespace melomine::service
