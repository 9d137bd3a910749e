#pragma once

#include <string>

#include "core/error.h"

namespace melomine::service {

/// A request that is not answered as it was asked. The message is for who asked.
class HttpError : public Error {
 public:
  HttpError(int status, const std::string& message) : Error(message), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

/// What a client waits before it comes again, as told with status 503.
inline constexpr int kRetryAfter_s = 1;

}  // namespace melomine::service
