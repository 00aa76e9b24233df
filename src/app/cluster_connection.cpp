// One stream at a time to one of the nodes given, and one to each node whose replicas are asked about.
#include "app/cluster_connection.hpp"

#include <future>
#include <thread>

#include "app/cluster_tls.hpp"
#include "base/log_line.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/varint.hpp"
#include "cluster/links.hpp"
#include "rpc/hello.hpp"

namespace weir::app {

namespace {

constexpr std::chrono::milliseconds pause{200};  // between two attempts
constexpr std::int64_t least_call_ms = 500;
constexpr std::string_view node_keys[] = {"allow-insecure", "node", "cluster.certificate", "cluster.key",
                                          "cluster.authority"};

// The answer may be another one when somebody else is asked, or later.
bool is_worth_another_try(Errc code) {
    switch (code) {
        case Errc::not_leader:
        case Errc::unavailable:
        case Errc::outcome_unknown:
        case Errc::timed_out:
        case Errc::busy:
        case Errc::shutting_down: return true;
        default: return false;
    }
}

Result<std::vector<runtime::Endpoint>> endpoints_of(const ClusterOptions& options, const Config& config) {
    std::vector<runtime::Endpoint> out;
    for (const auto& text : options.at) {
        auto endpoint = runtime::Endpoint::parse(text);
        if (!endpoint) return endpoint.error();
        out.push_back(std::move(*endpoint));
    }
    if (out.empty() && config.cluster_listen) out.push_back(*config.cluster_listen);
    if (!out.empty()) return out;
    return Error{Errc::invalid_argument,
                 "which node shall be asked? Give the address of its port between nodes (--at HOST:PORT), or "
                 "run this where cluster.listen is configured"};
}

// A command speaks as the node that its certificate names.
Result<rpc::LocalNode> identity_of(const Config& config) {
    rpc::LocalNode self{.cluster_id = {},
                        .id = NodeId{static_cast<std::int32_t>(config.node)},
                        .incarnation = system_random().next() | 1,
                        .insecure = config.allow_insecure};
    auto tls = cluster_tls(config);
    if (!tls) return tls.error();
    self.tls = std::move(*tls);
    if (!self.tls || self.tls->own_certificate() == nullptr) return self;
    if (const auto name = rpc::certified_name(*self.tls->own_certificate()); name && name->node) {
        self.cluster_id = name->cluster_id;
        self.id = *name->node;
    }
    return self;
}

}  // namespace

void add_cluster_options(CLI::App& command, const std::shared_ptr<ClusterOptions>& options, bool with_json) {
    command
        .add_option("--at", options->at,
                    "The port between nodes of the node to ask; several with commas. [cluster.listen]")
        ->delimiter(',')
        ->type_name("HOST:PORT")
        ->allow_extra_args(false)
        ->group("Connection");
    command.add_option("--timeout", options->timeout_s, "How long to wait for an answer. [10]")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.1, 3600.0))
        ->group("Connection");
    add_file_option(command, options)->group("Connection");
    for (const auto key : node_keys)
        add_key_option(command, options, *find_config_key(key))->group("Connection");
    if (with_json) command.add_flag("--json", options->json, "Print JSON, for scripts.");
}

Result<std::unique_ptr<ClusterConnection>> ClusterConnection::open(const ClusterOptions& options) {
    auto effective = load_config(options);
    if (!effective) return effective.error();
    set_log_level(LogLevel::off);  // what went wrong is told once, at the end
    std::unique_ptr<ClusterConnection> connection{new ClusterConnection};
    auto endpoints = endpoints_of(options, effective->config);
    if (!endpoints) return endpoints.error();
    auto self = identity_of(effective->config);
    if (!self) return self.error();
    connection->endpoints_ = std::move(*endpoints);
    connection->self_ = std::move(*self);
    connection->timeout_ms_ = static_cast<std::int64_t>(options.timeout_s * 1000);
    connection->pool_.start();
    return connection;
}

ClusterConnection::~ClusterConnection() {
    peer_.reset();
    others_.clear();
    pool_.stop();
}

Result<std::unique_ptr<rpc::Peer>> ClusterConnection::connect(const runtime::Endpoint& endpoint) {
    constexpr auto streams = rpc::max_streams - rpc::first_command_stream;
    const auto stream =
        rpc::first_command_stream + static_cast<std::uint32_t>(system_random().next() % streams);
    return rpc::Peer::open({.self = self_, .node = rpc::any_node, .endpoint = endpoint, .stream = stream},
                           pool_.at(0), memory_, system_clock(), system_random());
}

ClusterConnection::Answer ClusterConnection::ask_once(rpc::Peer& peer, rpc::Method method, Bytes body) const {
    auto outcome = std::make_shared<std::promise<Answer>>();
    peer.call(method, std::move(body), std::max(timeout_ms_ / 2, least_call_ms),
              [outcome](const Answer& answer) { outcome->set_value(answer); });
    return outcome->get_future().get();
}

ClusterConnection::Answer ClusterConnection::command(rpc::Method method, ByteView body) {
    Bytes wrapped;
    put_uvarint(wrapped, method.value);
    wrapped.insert(wrapped.end(), body.begin(), body.end());
    const auto end_ms = system_clock().monotonic_ms() + timeout_ms_;
    for (;;) {
        if (!peer_) {
            auto opened = connect(endpoint());
            if (!opened) return opened.error();
            peer_ = std::move(*opened);
        }
        auto answer = ask_once(*peer_, cluster::command_method, wrapped);
        if (answer) return answer;
        // Not one of the command line: it was understood.
        if (answer.error().code == Errc::invalid_argument)
            return Error{Errc::invalid_name, answer.error().message};
        if (!is_worth_another_try(answer.error().code)) return answer;
        if (system_clock().monotonic_ms() >= end_ms) {
            return Error{Errc::timed_out,
                         fmt::format("the cluster does not answer: {}{}", answer.error().message,
                                     self_.tls ? ""
                                               : "; no certificate was given (--cluster-certificate, "
                                                 "--cluster-key, --cluster-authority)")};
        }
        peer_.reset();
        next_ = (next_ + 1) % endpoints_.size();
        std::this_thread::sleep_for(pause);
    }
}

Result<cluster::ClusterStatus> ClusterConnection::status() {
    const auto answer = command(cluster::status_method, {});
    if (!answer) return answer.error();
    return cluster::decode_status((*answer)->body());
}

Result<std::vector<cluster::PartitionStatus>> ClusterConnection::partitions(const std::string& topic) {
    const auto answer = command(cluster::partitions_method, as_bytes(topic));
    if (!answer) return answer.error();
    return cluster::decode_partitions((*answer)->body());
}

Result<cluster::WireReply> ClusterConnection::change_any(const metadata::AnyRequest& request) {
    const auto answer = command(cluster::submit_method, cluster::encode(request));
    if (!answer) return answer.error();
    auto reply = cluster::decode_change_reply((*answer)->body());
    if (!reply) return reply.error();
    return std::move(reply->reply);
}

ClusterConnection::Answer ClusterConnection::ask_node(const metadata::Node& node, rpc::Method method,
                                                      Bytes body) {
    auto& peer = others_[node.id];
    for (const auto& each : node.endpoints) {
        if (peer || each.listener != cluster::cluster_listener) continue;
        auto opened = connect({each.host, each.port});
        if (!opened) return opened.error();
        peer = std::move(*opened);
    }
    if (!peer) return Error{Errc::unavailable, fmt::format("no address of node {} is known", node.id.value)};
    return ask_once(*peer, method, std::move(body));
}

Result<cluster::ReplicaSizes> ClusterConnection::sizes(const metadata::Node& node,
                                                       const std::vector<cluster::PartitionKey>& keys) {
    const auto answer = ask_node(node, cluster::sizes_method, cluster::encode(keys));
    if (!answer) return answer.error();
    return cluster::decode_sizes((*answer)->body());
}

Result<cluster::NodeDamage> ClusterConnection::damage(const metadata::Node& node) {
    const auto answer = ask_node(node, cluster::damage_method, {});
    if (!answer) return answer.error();
    return cluster::decode_damage((*answer)->body());
}

}  // namespace weir::app
