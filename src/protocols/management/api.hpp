// RabbitMQ's management API: a request in, a response out, by the users and permissions of the catalogue.
#pragma once

#include "broker/access/authenticator.hpp"
#include "protocols/management/call.hpp"
#include "protocols/management/metrics.hpp"

namespace weir::management {

// Safe from any thread; may wait for other threads.
class Api {
  public:
    explicit Api(Services services)
        : services_(std::move(services)), authenticator_(services_.random, services_.rules) {}

    HttpResponse serve(const HttpRequest& request, const runtime::Endpoint& client);
    // Before the first request.
    void set_listeners(std::vector<ListenerFacts> listeners) { services_.listeners = std::move(listeners); }

  private:
    HttpResponse metrics_response(MetricsDetail detail);
    Result<Answer> answer(const HttpRequest& request, const runtime::Endpoint& client);
    Result<topology::UserPtr> log_in(const HttpRequest& request, const runtime::Endpoint& client);

    Services services_;
    access::Authenticator authenticator_;
};

// The name and the password of "Basic ..."; nothing if it is not that.
struct BasicCredentials {
    std::string user;
    std::string password;
};
std::optional<BasicCredentials> basic_credentials(std::string_view authorization);

}  // namespace weir::management
