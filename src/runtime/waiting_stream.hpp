// A client's connection for commands, which have nothing else to do meanwhile: plain or by TLS, on one thread
// that waits. By TLS the process ignores SIGPIPE from then on.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "runtime/endpoint.hpp"

namespace weir::runtime {

struct WaitingStreamOptions {
    Endpoint server;
    std::int64_t timeout_ms = 60'000;  // for every step of the way
    bool is_tls = false;
    std::string authority;  // a PEM file with who vouches for the server; "": those whom the system trusts
};

class WaitingStream {
  public:
    // Errors of all: timed_out, with why (nobody answers there, or not in time, or the server's certificate
    // is not vouched for). `options` must outlive it.
    static Result<std::unique_ptr<WaitingStream>> open(const WaitingStreamOptions& options);

    virtual ~WaitingStream() = default;
    virtual Result<void> send_all(std::string_view text) = 0;
    // How many bytes have come; 0 at the end.
    virtual Result<std::size_t> receive(ByteSpan into) = 0;
};

}  // namespace weir::runtime
