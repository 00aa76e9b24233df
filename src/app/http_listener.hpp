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
    // start(). Errors: those of the certificates' files and of the ports.
    static Result<std::unique_ptr<HttpListener>> open_if_wanted(const Config& config, broker::Broker& broker,
                                                                runtime::FileSystem& files,
                                                                broker::LiveConnections& connections,
                                                                management::DoorControl* amqp);

    HttpListener(const Config& config, broker::Broker& broker, broker::LiveConnections& connections,
                 management::DoorControl* amqp);
    ~HttpListener() { stop(); }
    // Where it listens.
    std::optional<runtime::Endpoint> endpoint() const;
    std::optional<runtime::Endpoint> tls_endpoint() const;
    void start(const std::vector<management::ListenerFacts>& listeners);
    // What was begun is answered first. Before the broker stops.
    void stop();

  private:
    Result<std::unique_ptr<runtime::Listener>> listen(const runtime::Endpoint& endpoint,
                                                      std::shared_ptr<runtime::TlsContext> tls);
    Result<void> listen(const Config& config, runtime::FileSystem& files);

    management::Api api_;
    management::HttpSettings settings_;
    management::Serve serve_;
    management::Workers workers_;
    runtime::ReactorPool pool_{1};
    std::unique_ptr<runtime::Listener> plain_, by_tls_;  // null: not wanted
};

}  // namespace weir::app
