// A client of the management API for commands: one request, one connection, one thread that waits.
#pragma once

#include "base/result.hpp"
#include "protocols/management/http_message.hpp"
#include "runtime/endpoint.hpp"

namespace weir::management {

struct HttpClientOptions {
    runtime::Endpoint server{"127.0.0.1", 15672};
    std::string user = "guest";
    std::string password = "guest";
    std::int64_t timeout_ms = 60'000;  // for every step of the way
    std::size_t max_body_bytes = std::size_t{1} << 30;
};

// The answer, whatever its status. Errors: timed_out (nobody answers there, or not in time), corrupt.
Result<HttpResponse> ask(const HttpClientOptions& options, const HttpRequest& request);

}  // namespace weir::management
