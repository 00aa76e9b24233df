// What can be asked of the topology and the accounts, and the pure decisions: a request and the state give
// commands and an answer.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include "metadata/topology/topology.hpp"

namespace weir::topology {

// Where a declaration differs from what is there. The attribute is a field's name (kind, durable,
// auto-delete, internal, delayed, owner) or an argument's.
struct Difference {
    std::string attribute;
    std::optional<Value> received;  // none: the argument was not given
    std::optional<Value> current;
};

// An argument that must be the same when something is declared again.
struct ComparedArgument {
    std::string name;
    std::optional<Value> when_missing{};  // what leaving it out means
};

// Creates it with these exchanges in it, or, if it is there, gives it this description, tags and settings.
// Errors: invalid_name, invalid_argument, limit_exceeded.
struct PutVirtualHost {
    struct Reply {
        bool is_new = false;
    };
    VirtualHost host;
    std::vector<Exchange> exchanges{};
};
// Errors: not_found.
struct DeleteVirtualHost {
    struct Reply {};
    std::string host;
};

// Errors: not_found (no such virtual host), invalid_name, invalid_argument, limit_exceeded.
struct DeclareExchange {
    struct Reply {
        ExchangePtr exchange{};  // as it is
        bool is_new = false;
        std::optional<Difference> difference{};  // from what is there; nothing has changed then
    };
    Exchange exchange;
    std::vector<ComparedArgument> compared{};
};
// Errors: not_found (no such virtual host).
struct DeleteExchange {
    struct Reply {
        ExchangePtr exchange{};  // null: it was not there
        bool is_in_use = false;  // and has not been deleted
    };
    std::string host;
    std::string name;
    bool if_unused = false;  // only if it has no binding that leads out of it
};

// The id in the request counts for nothing: weir gives one. Errors: as of DeclareExchange.
struct DeclareQueue {
    struct Reply {
        QueuePtr queue{};  // as it is
        bool is_new = false;
        std::optional<Difference> difference{};  // from what is there; nothing has changed then
    };
    Queue queue;
    std::vector<ComparedArgument> compared{};
};
// Errors: not_found (no such virtual host).
struct DeleteQueue {
    struct Reply {
        QueuePtr queue{};  // null: it was not there
    };
    std::string host;
    std::string name;
    std::optional<QueueId> id{};  // only if it is still this one
};
// Queues that lived in a process of this node that has ended; with the exchanges that are not durable, if no
// other node has lived on. A request takes so many; ask again while there are more.
struct DropTransients {
    struct Reply {
        std::vector<QueuePtr> queues{};
        bool has_more = false;
    };
    NodeId node;
    bool with_exchanges = false;
};

// Errors: not_found (virtual host, source or destination), invalid_argument, limit_exceeded.
struct Bind {
    struct Reply {
        bool is_new = false;
    };
    Binding binding;
};
// What is not there is no error.
struct Unbind {
    struct Reply {
        bool was_there = false;
    };
    Binding binding;
};

// Errors: not_found (no such virtual host), invalid_name, invalid_argument (pattern, definition),
// limit_exceeded.
struct SetPolicy {
    struct Reply {};
    Policy policy;
};
// Errors: not_found.
struct ClearPolicy {
    struct Reply {};
    std::string host;
    std::string name;
    bool is_operator = false;
};

// Creates or replaces. Errors: invalid_name, invalid_argument, limit_exceeded.
struct PutUser {
    struct Reply {
        bool is_new = false;
    };
    User user;
};
// Errors: not_found.
struct DeleteUser {
    struct Reply {};
    std::string user;
};
// Errors: not_found (user or virtual host), invalid_argument (a pattern), limit_exceeded.
struct SetPermissions {
    struct Reply {};
    Permissions permissions;
};
struct ClearPermissions {
    struct Reply {
        bool was_there = false;
    };
    std::string user;
    std::string host;
};
// Errors: as of SetPermissions.
struct SetTopicPermissions {
    struct Reply {};
    TopicPermissions permissions;
};
struct ClearTopicPermissions {
    struct Reply {
        bool was_there = false;
        bool has_more = false;  // a request takes so many: ask again
    };
    std::string user;
    std::string host;
    std::optional<std::string> exchange{};  // none: of all exchanges
};

// Creates or replaces. Errors: not_found (no such virtual host), invalid_name, invalid_argument (the value),
// limit_exceeded.
struct SetParameter {
    struct Reply {
        bool is_new = false;
    };
    Parameter parameter;
};
// What is not there is no error.
struct ClearParameter {
    struct Reply {
        bool was_there = false;
    };
    std::string component;
    std::string host;
    std::string name;
};

template <class Reply>
struct Decision {
    std::vector<Command> commands{};  // to be applied together
    Reply reply;
};
template <class Request>
using Decided = Result<Decision<typename Request::Reply>>;

Decided<PutVirtualHost> decide(const Topology& topology, const PutVirtualHost& request);
Decided<DeleteVirtualHost> decide(const Topology& topology, const DeleteVirtualHost& request);
Decided<DeclareExchange> decide(const Topology& topology, const DeclareExchange& request);
Decided<DeleteExchange> decide(const Topology& topology, const DeleteExchange& request);
Decided<DeclareQueue> decide(const Topology& topology, const DeclareQueue& request);
Decided<DeleteQueue> decide(const Topology& topology, const DeleteQueue& request);
Decided<DropTransients> decide(const Topology& topology, const DropTransients& request);
Decided<Bind> decide(const Topology& topology, const Bind& request);
Decided<Unbind> decide(const Topology& topology, const Unbind& request);
Decided<SetPolicy> decide(const Topology& topology, const SetPolicy& request);
Decided<ClearPolicy> decide(const Topology& topology, const ClearPolicy& request);
Decided<PutUser> decide(const Topology& topology, const PutUser& request);
Decided<DeleteUser> decide(const Topology& topology, const DeleteUser& request);
Decided<SetPermissions> decide(const Topology& topology, const SetPermissions& request);
Decided<ClearPermissions> decide(const Topology& topology, const ClearPermissions& request);
Decided<SetTopicPermissions> decide(const Topology& topology, const SetTopicPermissions& request);
Decided<ClearTopicPermissions> decide(const Topology& topology, const ClearTopicPermissions& request);
Decided<SetParameter> decide(const Topology& topology, const SetParameter& request);
Decided<ClearParameter> decide(const Topology& topology, const ClearParameter& request);

template <class Request>
concept IsRequest = requires(const Topology& topology, const Request& request) {
    { topology::decide(topology, request) } -> std::same_as<Decided<Request>>;
};

// nothing: the declaration agrees with what is there.
std::optional<Difference> difference_of(const Exchange& received, const Exchange& current,
                                        const std::vector<ComparedArgument>& compared);
std::optional<Difference> difference_of(const Queue& received, const Queue& current,
                                        const std::vector<ComparedArgument>& compared);
// An exchange's kind as a word: "fan-out".
std::string_view kind_name(ExchangeKind kind);

}  // namespace weir::topology
