// Requests of one connection are served in their order, so that pipelined ones are answered in it.
#include "protocols/management/http_session.hpp"

#include <nlohmann/json.hpp>

namespace weir::management {

namespace {

HttpResponse error_response(int status, std::string_view why) {
    const nlohmann::json body{{"error", reason_phrase(status)}, {"reason", why}};
    return {.status = status, .body = body.dump()};
}

int status_of(const Error& error) {
    switch (error.code) {
        case Errc::limit_exceeded: return 413;
        case Errc::record_too_large: return 431;
        default: return 400;
    }
}

}  // namespace

HttpSession::HttpSession(std::shared_ptr<runtime::Connection> connection, const HttpSettings& settings,
                         Serve& serve, Workers& workers)
    : connection_(std::move(connection)),
      reactor_(connection_->reactor()),
      settings_(settings),
      serve_(serve),
      workers_(workers),
      parser_(settings.limits) {}

void HttpSession::on_read(std::size_t count) {
    if (is_ending_) return;
    parser_.add({buffer_.data(), count});
    if (!is_busy_) proceed();
}

void HttpSession::on_sent() {
    if (!is_ending_ || !connection_) return;
    const auto connection = connection_;  // on_closed() lets go of it
    connection->close();
}

void HttpSession::on_closed() {
    connection_.reset();
    timer_.reset();
}

void HttpSession::proceed() {
    auto request = parser_.next();
    if (!request) return refuse(status_of(request.error()), request.error().message);
    if (*request) return hand_over(std::move(**request));
    if (parser_.take_expectation()) {
        const auto go_on = as_bytes("HTTP/1.1 100 Continue\r\n\r\n");
        connection_->send({go_on.begin(), go_on.end()});
    }
    connection_->resume_reading();
    if (parser_.is_within() != was_within_ || !timer_) watch_time();
}

void HttpSession::hand_over(HttpRequest request) {
    is_busy_ = true;
    timer_.reset();
    connection_->pause_reading();
    const bool keep_alive = request.keep_alive;
    const bool with_body = request.method != "HEAD";
    auto task = [self = shared_from_this(), request = std::move(request), peer = connection_->peer(),
                 keep_alive, with_body] {
        auto response = self->serve_(request, peer);
        self->reactor_.post([self, response = std::move(response), keep_alive, with_body] {
            if (self->connection_) self->answer(response, keep_alive, with_body);
        });
    };
    if (!workers_.run(std::move(task)))
        answer(error_response(503, "too many requests are under way"), keep_alive, with_body);
}

void HttpSession::answer(const HttpResponse& response, bool keep_alive, bool with_body) {
    is_busy_ = false;
    is_ending_ = !keep_alive;
    const auto text = wire_text(response, keep_alive, with_body);
    const auto bytes = as_bytes(text);
    connection_->send({bytes.begin(), bytes.end()});
    watch_time();
    if (is_ending_) return;
    // Not from within itself: a client may have sent many requests at once.
    reactor_.post([self = shared_from_this()] {
        if (self->connection_ && !self->is_busy_ && !self->is_ending_) self->proceed();
    });
}

void HttpSession::refuse(int status, std::string_view why) {
    connection_->pause_reading();
    answer(error_response(status, why), false, true);
}

void HttpSession::watch_time() {
    was_within_ = parser_.is_within();
    const auto delay_ms =
        was_within_ || is_ending_ ? settings_.request_timeout_ms : settings_.idle_timeout_ms;
    timer_ = reactor_.run_after(delay_ms, [self = shared_from_this()] {
        if (!self->connection_ || self->is_busy_) return;
        const auto connection = self->connection_;
        connection->close();
    });
}

}  // namespace weir::management
