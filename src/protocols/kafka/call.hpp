// A decoded request together with the way to answer it: what every handler takes.
#pragma once

#include <memory>

#include "protocols/kafka/session.hpp"
#include "protocols/kafka/wire/frame.hpp"

namespace weir::kafka {

template <class RequestType, class ResponseType>
struct Call {
    using Request = RequestType;
    using Response = ResponseType;

    std::shared_ptr<Exchange> exchange;
    Request request;  // views the exchange's frame

    std::int16_t version() const { return exchange->header().api_version; }
    broker::Broker& broker() const { return exchange->environment().broker; }

    // Exactly once, on the session's reactor.
    void reply(const Response& response) const {
        Bytes out;
        encode_response(out, exchange->header(), response);
        Reply whole;
        whole.emplace_back(std::move(out));
        exchange->finish(std::move(whole));
    }
    // The same from any thread.
    void reply_from_anywhere(Response response) const {
        exchange->reactor().post([self = *this, response = std::move(response)] { self.reply(response); });
    }
};

}  // namespace weir::kafka
