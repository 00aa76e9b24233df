// `weir cluster certificate`: the files by which nodes know each other.
#include "app/cluster_certificates.hpp"
#include "app/cluster_command.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

namespace weir::app {

namespace {

constexpr std::int64_t default_days = 3650;
constexpr std::int64_t max_days = 36500;

struct AuthorityOptions {
    std::string directory;
    std::string cluster;
    std::int64_t days = default_days;
};

struct NodeOptions {
    std::string directory;
    std::int32_t node = -1;
    std::vector<std::string> hosts;
    std::int64_t days = default_days;
};

std::int64_t now_s() {
    return system_clock().wall_ms() / 1000;
}

Result<int> run_authority(const AuthorityOptions& options) {
    const auto cluster = options.cluster.empty() ? system_random().uuid() : Uuid::parse(options.cluster);
    if (!cluster || cluster->is_zero()) {
        return Error{Errc::invalid_argument,
                     fmt::format("'{}' is no cluster id: they have 22 characters", options.cluster)};
    }
    const auto made = make_cluster_authority(options.directory, *cluster, options.days, now_s());
    if (!made) return made.error();
    const auto paths = authority_paths(options.directory);
    fmt::print(
        "made the authority of cluster {}\n"
        "  {}  its certificate: every node needs it\n"
        "  {}  its key: whoever has it can make nodes, so keep it off the nodes\n",
        cluster->text(), paths.certificate, paths.key);
    return exit_success;
}

Result<int> run_node(const NodeOptions& options) {
    const NodeId node{options.node};
    const auto cluster = make_node_certificate(
        options.directory, {.node = node, .hosts = options.hosts, .days = options.days}, now_s());
    if (!cluster) return cluster.error();
    const auto paths = node_paths(options.directory, node);
    fmt::print(
        "made the certificate of node {} of cluster {}\n"
        "  {}  its certificate\n"
        "  {}  its key: for this node alone\n"
        "take both to the node, and {} with them\n",
        node.value, cluster->text(), paths.certificate, paths.key,
        authority_paths(options.directory).certificate);
    return exit_success;
}

void add_days(CLI::App& command, std::int64_t& days) {
    command.add_option("--days", days, "How long it is good for, in days (3650).")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, max_days));
}

void add_authority(CLI::App& family, Action& action) {
    auto* command =
        family.add_subcommand("ca", "Make a cluster's certificate authority: once for each cluster.");
    auto options = std::make_shared<AuthorityOptions>();
    command
        ->add_option("directory", options->directory,
                     "Where to put ca.crt and ca.key; made if it is not there.")
        ->required()
        ->type_name("DIR");
    command->add_option("--cluster", options->cluster, "The id of a cluster that exists; default: a new one.")
        ->type_name("ID");
    add_days(*command, options->days);
    add_examples(*command, "  weir cluster certificate ca pki");
    run_when_chosen(*command, action, std::move(options), run_authority);
}

void add_node(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("node", "Make the key and certificate of one node.");
    auto options = std::make_shared<NodeOptions>();
    command
        ->add_option("directory", options->directory,
                     "Where ca.crt and ca.key are; node-N.crt and node-N.key join them.")
        ->required()
        ->type_name("DIR");
    command
        ->add_option("--node", options->node, "The node's number: no other node of the cluster may have it.")
        ->required()
        ->type_name("N")
        ->check(CLI::Range(0, INT32_MAX));
    command
        ->add_option(
            "--host", options->hosts,
            "A name or address by which clients reach the node; may be repeated. Nodes don't need it.")
        ->type_name("NAME")
        ->allow_extra_args(false);
    add_days(*command, options->days);
    add_examples(*command,
                 "  weir cluster certificate node pki --node 1\n"
                 "  weir cluster certificate node pki --node 2 --host broker2.example --host 192.0.2.2");
    run_when_chosen(*command, action, std::move(options), run_node);
}

}  // namespace

void add_cluster_certificate(CLI::App& family, Action& action) {
    auto* certificate = family.add_subcommand(
        "certificate", "Make the certificates by which a cluster's nodes know each other (mutual TLS).");
    certificate->require_subcommand(0, 1);
    add_authority(*certificate, action);
    add_node(*certificate, action);
    add_examples(
        *certificate,
        "  weir cluster certificate ca pki                # once\n"
        "  weir cluster certificate node pki --node 1     # for each node\n"
        "\nEach node gets three files: ca.crt, and its own node-N.crt and node-N.key. A node lets in\n"
        "whoever shows a certificate that the cluster's authority has signed for its cluster and the\n"
        "number it claims. ca.key is needed only to make nodes: keep it where no node can read it.");
}

}  // namespace weir::app
