// Reads HTTP/1.1 requests from bytes as they come. Only here is Boost.Beast seen.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocols/management/http_message.hpp"

namespace weir::management {

struct HttpLimits {
    std::size_t max_header_bytes = std::size_t{16} << 10;
    std::size_t max_body_bytes = std::size_t{32} << 20;  // definitions are the largest
};

// One connection's, one thread. After an error it is of no use any more.
class HttpParser {
  public:
    explicit HttpParser(const HttpLimits& limits = {});
    ~HttpParser();

    void add(ByteView bytes);
    // The next request that has come whole, if one has; what follows it stays for the next call. Errors:
    // corrupt (this is no HTTP), limit_exceeded (the body is too long), record_too_large (the header is).
    Result<std::optional<HttpRequest>> next();
    // True once for a request whose client waits for leave to send its body.
    bool take_expectation();
    // Whether some of a request has come, but not all.
    bool is_within() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The same for a response: what a client reads until its connection ends or the response is whole.
class HttpResponseParser {
  public:
    explicit HttpResponseParser(std::size_t max_body_bytes);
    ~HttpResponseParser();

    // Whether the response is whole now. Errors: as above.
    Result<bool> add(ByteView bytes);
    // The connection has ended. Errors: corrupt (the response is not whole).
    Result<void> end();
    HttpResponse take();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::management
