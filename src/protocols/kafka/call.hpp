// A decoded request together with the way to answer it: what every handler takes.
#pragma once

#include <memory>

#include "protocols/kafka/session.hpp"

namespace weir::kafka {

template <class Request>
struct Call {
    std::shared_ptr<Exchange> exchange;
    Request request;

    using Response = typename Request::Response;

    std::int16_t version() const { return exchange->header().api_version; }
    broker::Broker& broker() const { return exchange->environment().broker; }

    void reply(const Response& response) const {
        exchange->finish({encode_reply(exchange->header(), response)});
    }
    // For answers that come on another thread.
    void reply_from_anywhere(Response response) const {
        exchange->reactor().post([self = *this, response = std::move(response)] { self.reply(response); });
    }
};

}  // namespace weir::kafka
