// Whoever takes single messages is told of no others.
#pragma once

#include "broker/queue/queue_request.hpp"

namespace weir::management {

class SilentReceiver final : public queue::Receiver {
    void on_arrivals(std::vector<queue::Arrival>) override {}
    void on_notice(const queue::Notice&) override {}
    void on_lost(const Error&) override {}
};

}  // namespace weir::management
