// A client of the management API for commands: one request, one connection, one thread that waits.
#pragma once

#include "base/result.hpp"
#include "protocols/management/http_message.hpp"
#include "runtime/waiting_stream.hpp"

namespace weir::management {

struct HttpClientOptions {
    runtime::WaitingStreamOptions stream{.server = {"127.0.0.1", 15672}};
    std::string user = "guest";
    std::string password = "guest";
    std::size_t max_body_bytes = std::size_t{1} << 30;
};

// The answer, whatever its status. Errors: timed_out (nobody answers there, or not in time,
// or the certificate is not vouched for), corrupt.
Result<HttpResponse> ask(const HttpClientOptions& options, const HttpRequest& request);

}  // namespace weir::management
