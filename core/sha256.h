#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace melomine {

/// SHA-256 fed piece by piece (OpenSSL's EVP).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(const void* data, size_t bytes);
  void update(std::string_view text) { update(text.data(), text.size()); }
  /// 64 lower-case hexadecimal digits; the object is spent afterwards.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_of(std::string_view content);
/// Reads the file in pieces. @throws DataError when it cannot be read
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace melomine
