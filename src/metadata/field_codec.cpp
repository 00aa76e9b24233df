// Reading and writing the fields that several commands and the snapshot share.
#include "metadata/field_codec.hpp"

namespace weir::metadata {

namespace {

constexpr std::size_t max_settings = 1000;  // of one topic or broker
constexpr std::size_t max_setting_name_bytes = 255;

}  // namespace

void FieldWriter::nodes(const NodeList& value) {
    number(value.size());
    for (const auto node : value) number(static_cast<std::uint32_t>(node.value));
}

void FieldWriter::replicas(const std::vector<NodeList>& value) {
    number(value.size());
    for (const auto& list : value) nodes(list);
}

void FieldWriter::overrides(const Overrides& value) {
    number(value.size());
    for (const auto& [name, setting] : value) text(name), text(setting);
}

void FieldWriter::edits(const std::vector<SettingEdit>& value) {
    number(value.size());
    for (const auto& [name, setting] : value) {
        text(name);
        flag(setting.has_value());
        if (setting) text(*setting);
    }
}

void FieldWriter::node(const Node& value) {
    number(static_cast<std::uint32_t>(value.id.value));
    text(value.rack);
    number(value.endpoints.size());
    for (const auto& endpoint : value.endpoints) {
        text(endpoint.listener);
        text(endpoint.host);
        number(endpoint.port);
    }
    uuid(value.incarnation);
    number(static_cast<std::uint64_t>(value.broker_epoch.value));
    flag(value.is_fenced);
    flag(value.started_unclean);
    number(static_cast<std::uint64_t>(value.drain));
}

void FieldWriter::partition(const Partition& value) {
    signed_number(value.leader.value);
    number(static_cast<std::uint32_t>(value.leader_epoch.value));
    number(static_cast<std::uint32_t>(value.partition_epoch.value));
    number(static_cast<std::uint64_t>(value.recovery));
    for (const auto* list :
         {&value.replicas, &value.in_sync, &value.adding, &value.target, &value.eligible, &value.last_known})
        nodes(*list);
}

NodeList FieldReader::nodes() {
    NodeList out(count(max_replicas));
    for (auto& node : out) node = node_id();
    return out;
}

std::vector<NodeList> FieldReader::replicas() {
    std::vector<NodeList> out(count(max_topic_partitions));
    for (auto& list : out) list = nodes();
    return out;
}

Overrides FieldReader::overrides() {
    Overrides out;
    for (auto left_over = count(max_settings); left_over > 0 && ok(); --left_over) {
        auto name = text(max_setting_name_bytes);
        out[std::move(name)] = text(max_setting_value_bytes);
    }
    return out;
}

std::vector<SettingEdit> FieldReader::edits() {
    std::vector<SettingEdit> out(count(max_settings));
    for (auto& [name, value] : out) {
        name = text(max_setting_name_bytes);
        if (flag()) value = text(max_setting_value_bytes);
    }
    return out;
}

Node FieldReader::node() {
    Node out;
    out.id = node_id();
    out.rack = text(max_node_text_bytes);
    out.endpoints.resize(count(max_node_endpoints));
    for (auto& endpoint : out.endpoints) {
        endpoint.listener = text(max_node_text_bytes);
        endpoint.host = text(max_node_text_bytes);
        endpoint.port = static_cast<std::uint16_t>(number(UINT16_MAX));
    }
    out.incarnation = uuid();
    out.broker_epoch = BrokerEpoch{static_cast<std::int64_t>(number(INT64_MAX))};
    out.is_fenced = flag();
    out.started_unclean = flag();
    out.drain = static_cast<Drain>(number(static_cast<std::uint64_t>(Drain::replicas)));
    return out;
}

Partition FieldReader::partition() {
    Partition out;
    out.leader = NodeId{static_cast<std::int32_t>(signed_number(no_node.value, INT32_MAX))};
    out.leader_epoch = LeaderEpoch{static_cast<std::int32_t>(number(INT32_MAX))};
    out.partition_epoch = PartitionEpoch{static_cast<std::int32_t>(number(INT32_MAX))};
    out.recovery = static_cast<LeaderRecovery>(number(1));
    for (auto* list : {&out.replicas, &out.in_sync, &out.adding, &out.target, &out.eligible, &out.last_known})
        *list = nodes();
    if (ok() && !check_partition(out)) fail();
    return out;
}

}  // namespace weir::metadata
