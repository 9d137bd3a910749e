#include "core/error.h"

namespace melomine {

DataError::DataError(std::string_view file, std::string_view object, std::string_view message)
    : Error(std::string(file) + (object.empty() ? "" : ": " + std::string(object)) + ": " +
            std::string(message)) {}

}  // namespace melomine
