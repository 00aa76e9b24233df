// Files of all that is declared and set, in RabbitMQ's format.
#pragma once

#include "app/management_client.hpp"

namespace weir::app {

// Its body. Errors: io_error; invalid_argument, if it is no such file.
Result<ApiAnswer> read_definitions_file(const std::string& path);
// "-": standard output. Errors: io_error.
Result<void> write_definitions_file(const std::string& path, const nlohmann::json& definitions);

}  // namespace weir::app
