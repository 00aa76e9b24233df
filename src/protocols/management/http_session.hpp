// One HTTP client's connection: requests go to the workers one after the other, answers come back.
#pragma once

#include <functional>
#include <memory>

#include "protocols/management/http_parser.hpp"
#include "protocols/management/workers.hpp"
#include "runtime/connection.hpp"

namespace weir::management {

// Answers a request of a client at that address. Called on a worker, where it may wait.
using Serve = std::function<HttpResponse(const HttpRequest&, const runtime::Endpoint& client)>;

struct HttpSettings {
    HttpLimits limits{};
    std::int64_t idle_timeout_ms = 60'000;     // between requests
    std::int64_t request_timeout_ms = 30'000;  // for a request to come whole
};

// Of the connection's reactor. What it is given outlives it.
class HttpSession final : public runtime::Session, public std::enable_shared_from_this<HttpSession> {
  public:
    HttpSession(std::shared_ptr<runtime::Connection> connection, const HttpSettings& settings, Serve& serve,
                Workers& workers);

    // Called once, when a shared_ptr holds the session.
    void start() { watch_time(); }
    ByteSpan read_buffer() override { return buffer_; }
    void on_read(std::size_t count) override;
    void on_sent() override;
    void on_closed() override;

  private:
    void proceed();
    void hand_over(HttpRequest request);
    void answer(const HttpResponse& response, bool keep_alive, bool with_body);
    void refuse(int status, std::string_view why);
    void watch_time();

    std::shared_ptr<runtime::Connection> connection_;  // null once closed
    runtime::Reactor& reactor_;
    const HttpSettings& settings_;
    Serve& serve_;
    Workers& workers_;
    HttpParser parser_;
    std::array<std::uint8_t, 16 * 1024> buffer_{};
    std::unique_ptr<runtime::Timer> timer_;
    bool is_busy_ = false;     // a worker has the request
    bool is_ending_ = false;   // closes when all is sent
    bool was_within_ = false;  // the timer is that of a request under way
};

}  // namespace weir::management
