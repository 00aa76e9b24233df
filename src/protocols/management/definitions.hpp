// Files of definitions: all that is declared and set, as RabbitMQ 3.x and 4.x export it.
#pragma once

#include "metadata/topology/topology.hpp"
#include "protocols/management/call.hpp"

namespace weir::management {

// Something in a file that weir can't make so, and why.
struct Unmapped {
    std::string kind;  // "queue"
    std::string host;  // may be empty
    std::string name;
    std::string reason{};
};

struct Definitions {
    struct NamedUser {
        topology::User user;
        std::string password{};  // in clear, if the file has it so; else the user has credentials, or none
    };
    struct Limits {
        std::string host;
        topology::Table settings;
    };

    std::vector<topology::VirtualHost> hosts{};
    std::vector<NamedUser> users{};
    std::vector<topology::Permissions> permissions{};
    std::vector<topology::TopicPermissions> topic_permissions{};
    std::vector<Limits> limits{};
    std::vector<topology::Parameter> parameters{};
    std::vector<topology::Parameter> global_parameters{};
    std::vector<topology::Policy> policies{};  // of both kinds
    std::vector<topology::Queue> queues{};
    std::vector<topology::Exchange> exchanges{};
    std::vector<topology::Binding> bindings{};
    std::vector<Unmapped> unmapped{};
    std::vector<Unmapped> idle{};  // kept as they are, but weir does nothing by them, or by a part
};

// `only_host`: the virtual host that a file for one is about; such a file says nothing of users. Errors:
// invalid_argument, if this is no such file. What is wrong with single things makes them unmapped.
Result<Definitions> read_definitions(const Json& file, const std::optional<std::string>& only_host);

struct ImportReport {
    Json imported = Json::object();       // how many things of each section there are now
    Json not_imported = Json::array();    // the others, with the reason for each
    Json without_effect = Json::array();  // of the imported ones, what weir does nothing by
};

// Makes what is not there yet; what is there and differs stays as it is, and is among the unmapped, as are
// those above. Errors: those of a broker that can't change anything right now; a part may be done then.
Result<ImportReport> import_definitions(Services& services, Definitions definitions);

// Of one virtual host if that is given, else everything.
Json export_definitions(const Services& services, const topology::Topology& topology,
                        const topology::HostState* only_host);

}  // namespace weir::management
