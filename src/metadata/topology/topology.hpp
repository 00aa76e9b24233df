// The state: every virtual host's exchanges, queues, bindings and policies, and the accounts, as of one entry
// of the metadata log.
#pragma once

#include <functional>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "base/fields.hpp"
#include "base/result.hpp"
#include "base/shared_set.hpp"
#include "metadata/topology/command.hpp"

namespace weir::topology {

// What a run of commands did; null before: created; null after: deleted.
template <class T>
struct Change {
    std::shared_ptr<const T> before;
    std::shared_ptr<const T> after;
};
// The policies of a virtual host are other ones now.
struct PoliciesChanged {
    std::string host;
};
struct Changes {
    using One =
        std::variant<Change<VirtualHost>, Change<Exchange>, Change<Queue>, Change<Binding>, PoliciesChanged>;
    // In the order in which they took effect. What is in a deleted host is not listed, but for its queues.
    std::vector<One> topology;
    bool accounts = false;
    bool everything = false;  // a snapshot has taken the place of it all: nothing is listed
};

struct ByName {
    template <class T>
    static std::string_view key(const T& value) {
        return value.name;
    }
};
struct BySource {
    static auto key(const Binding& at) {
        return std::tuple{std::string_view{at.source}, at.kind, std::string_view{at.destination},
                          std::string_view{at.key}, as_text(at.arguments_code)};
    }
};
struct ByDestination {
    static auto key(const Binding& at) {
        return std::tuple{at.kind, std::string_view{at.destination}, std::string_view{at.source},
                          std::string_view{at.key}, as_text(at.arguments_code)};
    }
};
struct ByKindAndName {
    static auto key(const Policy& at) { return std::tuple{at.is_operator, std::string_view{at.name}}; }
};
struct ByUserAndHost {
    static auto key(const Permissions& at) {
        return std::tuple{std::string_view{at.user}, std::string_view{at.host}};
    }
};
struct ByUserHostAndExchange {
    static auto key(const TopicPermissions& at) {
        return std::tuple{std::string_view{at.user}, std::string_view{at.host},
                          std::string_view{at.exchange}};
    }
};
struct ByComponentHostAndName {
    static auto key(const Parameter& at) {
        return std::tuple{std::string_view{at.component}, std::string_view{at.host},
                          std::string_view{at.name}};
    }
};

// One virtual host with all that is in it. A value; copies share what is the same.
struct HostState {
    VirtualHostPtr host;
    SharedSet<Exchange, ByName> exchanges;
    SharedSet<Queue, ByName> queues;
    SharedSet<Binding, BySource> by_source;
    SharedSet<Binding, ByDestination> by_destination;
    SharedSet<Policy, ByKindAndName> policies;

    bool has_bindings_from(std::string_view exchange) const;
    // In order.
    void for_each_from(std::string_view exchange, const std::function<void(const BindingPtr&)>& visit) const;
    void for_each_to(DestinationKind kind, std::string_view destination,
                     const std::function<void(const BindingPtr&)>& visit) const;
};
struct ByHostName {
    static std::string_view key(const HostState& at) { return at.host->name; }
};

// A value: copies are cheap and share what is the same. One that is not being changed may be read by any
// thread.
class Topology {
  public:
    // Deterministic. Fails (corrupt) for a command that decide() would not have made; the state is then as
    // before.
    Result<void> apply(const Command& command, Changes* changes = nullptr);
    // The topic is gone: so are the bindings to it.
    void remove_topic(std::string_view topic, Changes* changes = nullptr);

    // nullptr if there is none, in these, too.
    const HostState* host(std::string_view name) const { return hosts_.find(name); }
    const Exchange* exchange(std::string_view host, std::string_view name) const;
    const Queue* queue(std::string_view host, std::string_view name) const;
    // The same but for what is derived.
    const Binding* binding(const Binding& like) const;
    const User* user(std::string_view name) const { return users_.find(name); }
    const UserPtr& user_shared(std::string_view name) const { return users_.find_shared(name); }
    const PermissionsPtr& permissions(std::string_view user, std::string_view host) const {
        return permissions_.find_shared({user, host});
    }
    const TopicPermissionsPtr& topic_permissions(std::string_view user, std::string_view host,
                                                 std::string_view exchange) const {
        return topic_permissions_.find_shared({user, host, exchange});
    }

    const SharedSet<HostState, ByHostName>& hosts() const { return hosts_; }
    const SharedSet<User, ByName>& users() const { return users_; }
    const SharedSet<Permissions, ByUserAndHost>& all_permissions() const { return permissions_; }
    const SharedSet<TopicPermissions, ByUserHostAndExchange>& all_topic_permissions() const {
        return topic_permissions_;
    }
    const SharedSet<Parameter, ByComponentHostAndName>& parameters() const { return parameters_; }
    const ParameterPtr& parameter(std::string_view component, std::string_view host,
                                  std::string_view name) const {
        return parameters_.find_shared({component, host, name});
    }
    QueueId next_queue_id() const { return next_queue_id_; }
    // Nothing was ever put into it.
    bool is_pristine() const;

    // The same bytes for the same content (docs/formats/metadata.md), without the parameters, which come
    // behind them if there are any. read() into an empty one; what does not fit makes the reader fail.
    void write(FieldWriter& out) const;
    void write_parameters(FieldWriter& out) const;
    void read(FieldReader& in);
    void read_parameters(FieldReader& in);

  private:
    Result<void> on(const VirtualHostChanged& command, Changes& changes);
    Result<void> on(const VirtualHostDeleted& command, Changes& changes);
    Result<void> on(const ExchangeDeclared& command, Changes& changes);
    Result<void> on(const ExchangeDeleted& command, Changes& changes);
    Result<void> on(const QueueDeclared& command, Changes& changes);
    Result<void> on(const QueueDeleted& command, Changes& changes);
    Result<void> on(const BindingAdded& command, Changes& changes);
    Result<void> on(const BindingRemoved& command, Changes& changes);
    Result<void> on(const PolicySet& command, Changes& changes);
    Result<void> on(const PolicyCleared& command, Changes& changes);
    Result<void> on(const UserChanged& command, Changes& changes);
    Result<void> on(const UserDeleted& command, Changes& changes);
    Result<void> on(const PermissionsSet& command, Changes& changes);
    Result<void> on(const PermissionsCleared& command, Changes& changes);
    Result<void> on(const TopicPermissionsSet& command, Changes& changes);
    Result<void> on(const TopicPermissionsCleared& command, Changes& changes);
    Result<void> on(const ParameterSet& command, Changes& changes);
    Result<void> on(const ParameterCleared& command, Changes& changes);

    void put(HostState host);
    void write_host(FieldWriter& out, const HostState& state) const;
    void read_host(FieldReader& in);
    bool has_good_ids() const;
    void clear_permissions_in(std::string_view host);
    void clear_parameters_in(std::string_view host);

    SharedSet<HostState, ByHostName> hosts_;
    SharedSet<User, ByName> users_;
    SharedSet<Permissions, ByUserAndHost> permissions_;
    SharedSet<TopicPermissions, ByUserHostAndExchange> topic_permissions_;
    SharedSet<Parameter, ByComponentHostAndName> parameters_;
    QueueId next_queue_id_{1};
};

}  // namespace weir::topology
