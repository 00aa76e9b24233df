// The door for the management API's clients: its own thread for connections, and a few for what they ask.
#pragma once

#include <memory>

#include "app/config.hpp"
#include "protocols/management/api.hpp"
#include "protocols/management/http_session.hpp"
#include "runtime/listener.hpp"

namespace weir::app {

class HttpListener {
  public:
    // Null if the configuration wants none. The references, and the door for AMQP clients (null: there is
    // none), must outlive it; the broker must have prepared its queues. Connections wait in the kernel until
    // start().
    static Result<std::unique_ptr<HttpListener>> open_if_wanted(const Config& config, broker::Broker& broker,
                                                                broker::LiveConnections& connections,
                                                                management::DoorControl* amqp);

    HttpListener(const Config& config, broker::Broker& broker, broker::LiveConnections& connections,
                 management::DoorControl* amqp);
    ~HttpListener() { stop(); }
    runtime::Endpoint endpoint() const { return listener_->endpoint(); }
    void start(const std::vector<management::ListenerFacts>& listeners);
    // What was begun is answered first. Before the broker stops.
    void stop();

  private:
    management::Api api_;
    management::HttpSettings settings_;
    management::Serve serve_;
    management::Workers workers_;
    runtime::ReactorPool pool_{1};
    std::unique_ptr<runtime::Listener> listener_;
};

}  // namespace weir::app
