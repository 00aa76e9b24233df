// Requests answer through their stream, on its reactor.
#include "rpc/request.hpp"

#include "base/assert.hpp"
#include "rpc/error_number.hpp"
#include "rpc/server_stream.hpp"

namespace weir::rpc {

namespace {

template <class Handler>
const Handler* find(const std::unordered_map<Method, Handler>& handlers, Method method) {
    const auto found = handlers.find(method);
    return found == handlers.end() ? nullptr : &found->second;
}

}  // namespace

Request::Request(std::shared_ptr<ServerStream> stream, NodeId from, std::shared_ptr<Frame> frame)
    : stream_(std::move(stream)), reactor_(stream_->reactor()), from_(from), frame_(std::move(frame)) {}

Request::~Request() {
    if (stream_) fail({Errc::internal, "nobody answered"});
}

void Request::reply(Bytes body, std::vector<runtime::FileRange> ranges) {
    answer(FrameKind::reply, 0, std::move(body), std::move(ranges));
}

void Request::fail(const Error& error) {
    answer(FrameKind::error, error_number(error.code), encode_error_text(error), {});
}

void Request::answer(FrameKind kind, std::uint16_t code, Bytes body, std::vector<runtime::FileRange> ranges) {
    ASSERT(stream_ != nullptr);
    const auto stream = std::exchange(stream_, nullptr);
    if (stream->has_ended()) return;  // and its reactor, perhaps, too
    const auto id = frame_->header().id;
    if (reactor_.is_current()) return stream->answer(kind, code, id, std::move(body), std::move(ranges));
    reactor_.post([stream, kind, code, id, body = std::move(body), ranges = std::move(ranges)]() mutable {
        stream->answer(kind, code, id, std::move(body), std::move(ranges));
    });
}

void Methods::on_request(Method method, RequestHandler handler) {
    const bool is_new = requests_.emplace(method, std::move(handler)).second;
    ASSERT(is_new);
}

void Methods::on_message(Method method, MessageHandler handler) {
    const bool is_new = messages_.emplace(method, std::move(handler)).second;
    ASSERT(is_new);
}

void Methods::add(Methods others, Executor& executor) {
    for (auto& [method, handler] : others.requests_) {
        on_request(method, [&executor, called = std::make_shared<const RequestHandler>(std::move(handler))](
                               std::shared_ptr<Request> request) {
            executor.post([called, request = std::move(request)] { (*called)(request); });
        });
    }
    for (auto& [method, handler] : others.messages_) {
        on_message(method, [&executor, called = std::make_shared<const MessageHandler>(std::move(handler))](
                               NodeId from, std::shared_ptr<Frame> message) {
            executor.post([called, from, message = std::move(message)] { (*called)(from, message); });
        });
    }
}

const RequestHandler* Methods::request_handler(Method method) const {
    return find(requests_, method);
}
const MessageHandler* Methods::message_handler(Method method) const {
    return find(messages_, method);
}

}  // namespace weir::rpc
