#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace melomine {

/// Root of everything melomine throws for a user to read. On its way up it may be given its place and thrown
/// again, or be set aside and counted; the rest is one line and an exit status of `cli/main.cpp`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A wrong command line or configuration: exit status 2. The message names file, line, key and remedy.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A file or an object inside it cannot be used.
class DataError : public Error {
 public:
  using Error::Error;
  /// @param file    path as the user wrote it
  /// @param object  what in the file is wrong ("line 14", "dataset samples"), may be empty
  DataError(std::string_view file, std::string_view object, std::string_view message);
};

/// An array of a shape that an operation cannot take.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// Training produced a number that is not finite.
class DivergenceError : public Error {
 public:
  using Error::Error;
};

/// The work was interrupted or preempted (core/cancellation.h); everything needed to continue has been saved.
class Cancelled : public Error {
 public:
  using Error::Error;
};

}  // namespace melomine
