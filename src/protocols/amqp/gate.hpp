// Who may connect to a broker's virtual hosts by AMQP, and what an empty broker begins with.
#pragma once

#include "broker/access/authenticator.hpp"
#include "broker/access/login_counts.hpp"
#include "broker/queues.hpp"
#include "protocols/amqp/session.hpp"
#include "protocols/amqp/usage.hpp"

namespace weir::amqp {

// Those that clients count on in every virtual host; the request that makes the host names it.
std::vector<topology::Exchange> predeclared_exchanges();

// As it was set, by whatever node; else `otherwise`.
std::string cluster_name(const topology::Topology& topology, std::string_view otherwise);
inline constexpr std::string_view cluster_name_parameter = "cluster_name";  // of the whole cluster

// Gives a broker where nobody may do anything yet the virtual host "/", with the exchanges that clients count
// on, and the user guest, password guest, who gets in from this machine alone. Waits for it.
Result<void> prepare(broker::Queues& queues, Random& random);

class BrokerGate final : public Gatekeeper {
  public:
    // `random` must be good for secrets.
    BrokerGate(broker::Queues& queues, const Clock& clock, Random& random, Usage& usage,
               access::AuthenticationRules rules = {})
        : queues_(queues), clock_(clock), authenticator_(random, std::move(rules)), usage_(usage) {}

    std::optional<std::string> refuse_login(const Credentials& credentials,
                                            const runtime::Endpoint& peer) override;
    std::optional<AmqpError> refuse_open(std::string_view user, std::string_view virtual_host) override;
    void has_ended(std::string_view user, std::string_view virtual_host) override;
    std::string cluster_name(std::string_view otherwise) const override {
        return amqp::cluster_name(queues_.catalogue()->topology(), otherwise);
    }
    // Passwords do not run out, so the new one is not even looked at (as RabbitMQ's own users' are).
    bool update_secret(std::string_view user, std::string_view) override {
        return queues_.catalogue()->topology().user(user) != nullptr;
    }

    access::LoginCounts& logins() { return logins_; }

  private:
    broker::Queues& queues_;
    const Clock& clock_;
    access::Authenticator authenticator_;
    Usage& usage_;
    access::LoginCounts logins_;
};

}  // namespace weir::amqp
