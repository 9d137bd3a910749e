#include "core/sha256.h"

#include <openssl/evp.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/error.h"

namespace melomine {

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> evp{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (EVP_DigestInit_ex(context_->evp.get(), EVP_sha256(), nullptr) != 1)
    throw Error("[sha256] OpenSSL failed to start");
}
Sha256::~Sha256() = default;

void Sha256::update(const void* data, size_t bytes) {
  if (EVP_DigestUpdate(context_->evp.get(), data, bytes) != 1) throw Error("[sha256] OpenSSL failed");
}

std::string Sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(context_->evp.get(), digest, &length) != 1)
    throw Error("[sha256] OpenSSL failed to finish");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

std::string sha256_of(std::string_view content) {
  Sha256 hash;
  hash.update(content);
  return hash.finish();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) throw DataError(path.string(), "", "is a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw DataError(path.string(), "", std::string("cannot open: ") + std::strerror(errno));
  Sha256 hash;
  std::vector<char> piece(1 << 20);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.update(piece.data(), static_cast<size_t>(in.gcount()));
  }
  if (in.bad()) throw DataError(path.string(), "", "cannot read");
  return hash.finish();
}

}  // namespace melomine
