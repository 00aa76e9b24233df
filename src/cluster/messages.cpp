// The messages' layouts, in the metadata's field encoding.
#include "cluster/messages.hpp"

#include "metadata/field_codec.hpp"
#include "rpc/error_number.hpp"

namespace weir::cluster {

namespace {

using metadata::FieldReader;
using metadata::FieldWriter;

Error corrupt(std::string_view what) {
    return {Errc::corrupt, fmt::format("{} that can't be read", what)};
}

void put(FieldWriter& out, const NodeAddress& address) {
    out.number(static_cast<std::uint64_t>(address.node.value));
    out.text(address.endpoint.host);
    out.number(address.endpoint.port);
}

NodeAddress take_address(FieldReader& in) {
    NodeAddress address;
    address.node = in.node_id();
    address.endpoint.host = in.text(metadata::max_node_text_bytes);
    address.endpoint.port = static_cast<std::uint16_t>(in.number(UINT16_MAX));
    return address;
}

void put(FieldWriter& out, const metadata::NodeStart& start) {
    out.number(static_cast<std::uint64_t>(start.node.value));
    out.signed_number(start.broker_epoch.value);
}

metadata::NodeStart take_start(FieldReader& in) {
    metadata::NodeStart start;
    start.node = in.node_id();
    start.broker_epoch = BrokerEpoch{in.signed_number(-1, INT64_MAX)};
    return start;
}

template <class T>
Result<T> whole(const FieldReader& in, T value, std::string_view what) {
    if (!in.ok() || !in.at_end()) return corrupt(what);
    return value;
}

}  // namespace

std::string label_of(NodeId node) {
    return fmt::format("node-{}", node.value);
}

Bytes encode(const Introduction& introduction) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.uuid(introduction.cluster_id);
    out.number(static_cast<std::uint64_t>(introduction.node.value));
    out.flag(introduction.leader.has_value());
    if (introduction.leader) put(out, *introduction.leader);
    return bytes;
}

Result<Introduction> decode_introduction(ByteView body) {
    FieldReader in{body};
    Introduction introduction;
    introduction.cluster_id = in.uuid();
    introduction.node = in.node_id();
    if (in.flag()) introduction.leader = take_address(in);
    return whole(in, std::move(introduction), "an introduction");
}

Bytes encode(const NodeAddress& address) {
    Bytes bytes;
    FieldWriter out{bytes};
    put(out, address);
    return bytes;
}

Result<NodeAddress> decode_address(ByteView body) {
    FieldReader in{body};
    auto address = take_address(in);
    return whole(in, std::move(address), "an address");
}

Bytes encode(const RegisterCall& call) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.node(call.node);
    out.flag(call.is_clean);
    return bytes;
}

Result<RegisterCall> decode_register(ByteView body) {
    FieldReader in{body};
    RegisterCall call;
    call.node = in.node();
    call.is_clean = in.flag();
    return whole(in, std::move(call), "a registration");
}

Bytes encode(const metadata::Heartbeat& heartbeat) {
    Bytes bytes;
    FieldWriter out{bytes};
    put(out, heartbeat.start);
    out.flag(heartbeat.is_ready);
    out.flag(heartbeat.is_stopping);
    return bytes;
}

Result<metadata::Heartbeat> decode_heartbeat(ByteView body) {
    FieldReader in{body};
    metadata::Heartbeat heartbeat;
    heartbeat.start = take_start(in);
    heartbeat.is_ready = in.flag();
    heartbeat.is_stopping = in.flag();
    return whole(in, heartbeat, "a heartbeat");
}

Bytes encode(const metadata::AllocateProducerIds::Reply& reply) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.number(static_cast<std::uint64_t>(reply.first.value));
    out.number(static_cast<std::uint64_t>(reply.count));
    return bytes;
}

Result<metadata::AllocateProducerIds::Reply> decode_producer_ids(ByteView body) {
    FieldReader in{body};
    metadata::AllocateProducerIds::Reply reply;
    reply.first = ProducerId{static_cast<std::int64_t>(in.number(INT64_MAX))};
    reply.count = static_cast<std::int32_t>(in.number(metadata::max_producer_id_block));
    return whole(in, reply, "a block of producer ids");
}

Bytes encode(const metadata::AlterPartitions& request) {
    Bytes bytes;
    FieldWriter out{bytes};
    put(out, request.leader);
    out.number(request.items.size());
    for (const auto& item : request.items) {
        out.uuid(item.topic);
        out.number(static_cast<std::uint64_t>(item.partition.value));
        out.number(static_cast<std::uint64_t>(item.leader_epoch.value));
        out.number(static_cast<std::uint64_t>(item.partition_epoch.value));
        out.number(item.in_sync.size());
        for (const auto& member : item.in_sync) put(out, member);
        out.number(static_cast<std::uint64_t>(item.recovery));
    }
    return bytes;
}

namespace {

metadata::AlterPartitions::Item take_item(FieldReader& in) {
    metadata::AlterPartitions::Item item;
    item.topic = in.uuid();
    item.partition = PartitionId{static_cast<std::int32_t>(in.number(INT32_MAX))};
    item.leader_epoch = LeaderEpoch{static_cast<std::int32_t>(in.number(INT32_MAX))};
    item.partition_epoch = PartitionEpoch{static_cast<std::int32_t>(in.number(INT32_MAX))};
    for (auto left = in.count(metadata::max_replicas); left > 0 && in.ok(); --left)
        item.in_sync.push_back(take_start(in));
    item.recovery = static_cast<metadata::LeaderRecovery>(in.number(1));
    return item;
}

}  // namespace

Result<metadata::AlterPartitions> decode_alter_partitions(ByteView body) {
    FieldReader in{body};
    metadata::AlterPartitions request;
    request.leader = take_start(in);
    for (auto left = in.count(metadata::max_request_partitions); left > 0 && in.ok(); --left)
        request.items.push_back(take_item(in));
    return whole(in, std::move(request), "a proposal of in-sync sets");
}

Bytes encode(const std::vector<std::optional<Errc>>& outcomes) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.number(outcomes.size());
    for (const auto& outcome : outcomes) out.number(outcome ? 1u + rpc::error_number(*outcome) : 0u);
    return bytes;
}

Result<std::vector<std::optional<Errc>>> decode_outcomes(ByteView body) {
    FieldReader in{body};
    std::vector<std::optional<Errc>> outcomes;
    for (auto left = in.count(metadata::max_request_partitions); left > 0 && in.ok(); --left) {
        const auto number = in.number(UINT16_MAX);
        outcomes.push_back(number == 0
                               ? std::nullopt
                               : std::optional{rpc::error_code(static_cast<std::uint16_t>(number - 1))});
    }
    return whole(in, std::move(outcomes), "outcomes");
}

Bytes encode(const metadata::DamagedReplicas& request) {
    Bytes bytes;
    FieldWriter out{bytes};
    put(out, request.start);
    out.number(request.items.size());
    for (const auto& item : request.items) {
        out.uuid(item.topic);
        out.number(static_cast<std::uint64_t>(item.partition.value));
    }
    return bytes;
}

Result<metadata::DamagedReplicas> decode_damaged_replicas(ByteView body) {
    FieldReader in{body};
    metadata::DamagedReplicas request;
    request.start = take_start(in);
    for (auto left = in.count(metadata::max_request_partitions); left > 0 && in.ok(); --left) {
        auto& item = request.items.emplace_back();
        item.topic = in.uuid();
        item.partition = PartitionId{static_cast<std::int32_t>(in.number(INT32_MAX))};
    }
    return whole(in, std::move(request), "a list of damaged replicas");
}

Bytes encode(const metadata::DamagedReplicas::Reply& reply) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.number(reply.outcomes.size());
    for (const auto& outcome : reply.outcomes) {
        out.number(outcome ? 0u : 1u + rpc::error_number(outcome.error().code));
        if (outcome) out.number(static_cast<std::uint64_t>(outcome->value));
    }
    return bytes;
}

Result<metadata::DamagedReplicas::Reply> decode_damaged_reply(ByteView body) {
    FieldReader in{body};
    metadata::DamagedReplicas::Reply reply;
    for (auto left = in.count(metadata::max_request_partitions); left > 0 && in.ok(); --left) {
        if (const auto number = in.number(UINT16_MAX); number > 0) {
            reply.outcomes.emplace_back(rpc::error_code(static_cast<std::uint16_t>(number - 1)));
        } else {
            reply.outcomes.emplace_back(LeaderEpoch{static_cast<std::int32_t>(in.number(INT32_MAX))});
        }
    }
    return whole(in, std::move(reply), "outcomes of damaged replicas");
}

Bytes encode_number(std::uint64_t number) {
    Bytes bytes;
    FieldWriter{bytes}.number(number);
    return bytes;
}

Result<std::uint64_t> decode_number(ByteView body) {
    FieldReader in{body};
    const auto number = in.number();
    return whole(in, number, "a number");
}

}  // namespace weir::cluster
