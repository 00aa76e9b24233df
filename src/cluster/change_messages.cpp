// One number says which request or reply it is: its place in the variant, from 1.
#include "cluster/change_messages.hpp"

#include "cluster/topic_partition_codec.hpp"
#include "metadata/field_codec.hpp"
#include "metadata/topology/request_format.hpp"
#include "rpc/error_number.hpp"

namespace weir::cluster {

namespace {

using metadata::FieldReader;
using metadata::FieldWriter;

constexpr std::size_t max_setting_name_bytes = 255;
constexpr std::size_t max_setting_changes = 1000;
// A wrong one is refused by the decision, with words: what is too long for those is cut off there.
constexpr std::size_t max_name_bytes = 0x7fff;

// In the fields' encoding, counts that may be -1 (the default) are signed.
void put_count(FieldWriter& out, std::int32_t count) {
    out.signed_number(count);
}
std::int32_t take_count(FieldReader& in) {
    return static_cast<std::int32_t>(in.signed_number(INT32_MIN, INT32_MAX));
}

void put(FieldWriter& out, const metadata::CreateTopic& request) {
    out.text(request.name);
    put_count(out, request.partitions);
    put_count(out, request.replication_factor);
    out.replicas(request.assignment);
    out.overrides(request.overrides);
    out.flag(request.is_internal);
    out.flag(request.validate_only);
}
void take(FieldReader& in, metadata::CreateTopic& request) {
    request.name = in.text(max_name_bytes);
    request.partitions = take_count(in);
    request.replication_factor = take_count(in);
    request.assignment = in.replicas();
    request.overrides = in.overrides();
    request.is_internal = in.flag();
    request.validate_only = in.flag();
}

void put(FieldWriter& out, const metadata::DeleteTopic& request) {
    out.text(request.name);
    out.uuid(request.id);
}
void take(FieldReader& in, metadata::DeleteTopic& request) {
    request.name = in.text(max_name_bytes);
    request.id = in.uuid();
}

void put(FieldWriter& out, const metadata::AddPartitions& request) {
    out.text(request.name);
    put_count(out, request.total);
    out.replicas(request.assignment);
    out.flag(request.validate_only);
}
void take(FieldReader& in, metadata::AddPartitions& request) {
    request.name = in.text(max_name_bytes);
    request.total = take_count(in);
    request.assignment = in.replicas();
    request.validate_only = in.flag();
}

void put(FieldWriter& out, const std::vector<metadata::SettingChangeRequest>& changes) {
    out.number(changes.size());
    for (const auto& change : changes) {
        out.text(change.name);
        out.number(static_cast<std::uint64_t>(change.operation));
        out.text(change.value);
    }
}
void take(FieldReader& in, std::vector<metadata::SettingChangeRequest>& changes) {
    using Operation = metadata::SettingChangeRequest::Operation;
    for (auto left = in.count(max_setting_changes); left > 0 && in.ok(); --left) {
        auto& change = changes.emplace_back();
        change.name = in.text(max_setting_name_bytes);
        change.operation = static_cast<Operation>(in.number(static_cast<std::uint64_t>(Operation::subtract)));
        change.value = in.text(metadata::max_setting_value_bytes);
    }
}

void put(FieldWriter& out, const metadata::AlterTopicSettings& request) {
    out.text(request.name);
    put(out, request.changes);
    out.flag(request.replace_all);
    out.flag(request.validate_only);
}
void take(FieldReader& in, metadata::AlterTopicSettings& request) {
    request.name = in.text(max_name_bytes);
    take(in, request.changes);
    request.replace_all = in.flag();
    request.validate_only = in.flag();
}

void put(FieldWriter& out, const metadata::AlterBrokerSettings& request) {
    out.flag(request.node.has_value());
    if (request.node) out.number(static_cast<std::uint32_t>(request.node->value));
    put(out, request.changes);
    out.flag(request.replace_all);
    out.flag(request.validate_only);
}
void take(FieldReader& in, metadata::AlterBrokerSettings& request) {
    if (in.flag()) request.node = in.node_id();
    take(in, request.changes);
    request.replace_all = in.flag();
    request.validate_only = in.flag();
}

void put(FieldWriter& out, const metadata::ElectLeaders& request) {
    out.flag(request.kind == metadata::ElectLeaders::Kind::unclean);
    out.flag(request.partitions.has_value());
    if (request.partitions) put_partitions(out, *request.partitions);
}
void take(FieldReader& in, metadata::ElectLeaders& request) {
    using Kind = metadata::ElectLeaders::Kind;
    request.kind = in.flag() ? Kind::unclean : Kind::preferred;
    if (in.flag()) request.partitions = take_partitions(in);
}

void put(FieldWriter& out, const metadata::ReassignPartitions& request) {
    out.flag(request.may_change_replica_count);
    out.number(request.items.size());
    for (const auto& item : request.items) {
        put_partition(out, item.partition);
        out.flag(item.target.has_value());
        if (item.target) out.nodes(*item.target);
    }
}
void take(FieldReader& in, metadata::ReassignPartitions& request) {
    request.may_change_replica_count = in.flag();
    for (auto left = in.count(metadata::max_request_partitions); left > 0 && in.ok(); --left) {
        auto& item = request.items.emplace_back();
        item.partition = take_partition(in);
        if (in.flag()) item.target = in.nodes();
    }
}

void put(FieldWriter& out, const metadata::DrainNode& request) {
    out.number(static_cast<std::uint32_t>(request.node.value));
    out.number(static_cast<std::uint64_t>(request.drain));
}
void take(FieldReader& in, metadata::DrainNode& request) {
    request.node = in.node_id();
    request.drain =
        static_cast<metadata::Drain>(in.number(static_cast<std::uint64_t>(metadata::Drain::replicas)));
}

void put(FieldWriter& out, const metadata::RemoveNode& request) {
    out.number(static_cast<std::uint32_t>(request.node.value));
}
void take(FieldReader& in, metadata::RemoveNode& request) {
    request.node = in.node_id();
}

// Replies.

void put(FieldWriter& out, const Result<void>& outcome) {
    out.number(outcome ? 0u : 1u + rpc::error_number(outcome.error().code));
    if (!outcome) out.text(std::string_view{outcome.error().message}.substr(0, rpc::max_error_text_bytes));
}
Result<void> take_outcome(FieldReader& in) {
    const auto number = in.number(UINT16_MAX);
    if (number == 0) return {};
    return Error{rpc::error_code(static_cast<std::uint16_t>(number - 1)), in.text(rpc::max_error_text_bytes)};
}

void put(FieldWriter& out, const TopicRef& topic) {
    out.uuid(topic.id);
    out.text(topic.name);
}
void take(FieldReader& in, TopicRef& topic) {
    topic.id = in.uuid();
    topic.name = in.text(metadata::max_topic_name_bytes);
}
void put(FieldWriter&, const metadata::AlterBrokerSettings::Reply&) {}
void take(FieldReader&, metadata::AlterBrokerSettings::Reply&) {}
void put(FieldWriter&, const metadata::RemoveNode::Reply&) {}
void take(FieldReader&, metadata::RemoveNode::Reply&) {}
void put(FieldWriter& out, const metadata::DrainProgress& progress) {
    out.number(progress.leading);
    out.number(progress.replicas);
}
void take(FieldReader& in, metadata::DrainProgress& progress) {
    progress.leading = in.number(metadata::max_cluster_partitions);
    progress.replicas = in.number(metadata::max_cluster_partitions);
}
void put(FieldWriter& out, const metadata::ElectLeaders::Reply& reply) {
    out.number(reply.outcomes.size());
    for (const auto& outcome : reply.outcomes) {
        put_partition(out, outcome.partition);
        put(out, outcome.result);
    }
}
void take(FieldReader& in, metadata::ElectLeaders::Reply& reply) {
    for (auto left = in.count(metadata::max_request_partitions); left > 0 && in.ok(); --left) {
        auto partition = take_partition(in);
        reply.outcomes.push_back({std::move(partition), take_outcome(in)});
    }
}
void put(FieldWriter& out, const metadata::ReassignPartitions::Reply& reply) {
    out.number(reply.outcomes.size());
    for (const auto& outcome : reply.outcomes) put(out, outcome);
}
void take(FieldReader& in, metadata::ReassignPartitions::Reply& reply) {
    for (auto left = in.count(metadata::max_request_partitions); left > 0 && in.ok(); --left)
        reply.outcomes.push_back(take_outcome(in));
}

// The topology's and the accounts', and the replies to them.
template <class Message>
void put(FieldWriter& out, const Message& message) {
    topology::write_message(out, message);
}
template <class Message>
void take(FieldReader& in, Message& message) {
    topology::read_message(in, message);
}

// The alternative of that number, from 1; nothing if there is none.
template <class Variant, std::size_t at = 0>
std::optional<Variant> alternative(std::uint64_t number) {
    if constexpr (at == std::variant_size_v<Variant>) {
        return std::nullopt;
    } else {
        if (number == at + 1) return Variant{std::in_place_index<at>};
        return alternative<Variant, at + 1>(number);
    }
}

template <class Variant>
void put_any(FieldWriter& out, const Variant& any) {
    out.number(any.index() + 1);
    std::visit([&](const auto& one) { put(out, one); }, any);
}
template <class Variant>
std::optional<Variant> take_any(FieldReader& in) {
    auto any = alternative<Variant>(in.number(std::variant_size_v<Variant>));
    if (any) std::visit([&](auto& one) { take(in, one); }, *any);
    if (!any || !in.ok() || !in.at_end()) return std::nullopt;
    return any;
}

}  // namespace

Bytes encode(const metadata::AnyRequest& request) {
    Bytes bytes;
    FieldWriter out{bytes};
    put_any(out, request);
    return bytes;
}

Result<metadata::AnyRequest> decode_request(ByteView body) {
    FieldReader in{body};
    auto request = take_any<metadata::AnyRequest>(in);
    if (!request) return Error{Errc::corrupt, "a change of the metadata that can't be read"};
    return std::move(*request);
}

WireReply to_wire(const metadata::AnyReply& reply) {
    return std::visit(
        [](const auto& one) -> WireReply {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, metadata::TopicPtr>) {
                return TopicRef{one->id, one->name};
            } else {
                return one;
            }
        },
        reply);
}

Bytes encode(const ChangeReply& reply) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.number(reply.applied);
    put_any(out, reply.reply);
    return bytes;
}

Result<ChangeReply> decode_change_reply(ByteView body) {
    FieldReader in{body};
    const auto applied = in.number();
    auto reply = take_any<WireReply>(in);
    if (!reply) return Error{Errc::corrupt, "the outcome of a change that can't be read"};
    return ChangeReply{applied, std::move(*reply)};
}

}  // namespace weir::cluster
