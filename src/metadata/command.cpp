// Commands as bytes: a format version, then each command as kind, length and fields
// (docs/formats/metadata.md).
#include "metadata/command.hpp"

#include "metadata/field_codec.hpp"
#include "metadata/topology/format.hpp"

namespace weir::metadata {

namespace {

// On disk: never give a number a new meaning. From topology::first_command_kind on, they are the topology's.
enum class Kind : std::uint64_t {
    topic_created = 1,
    topic_deleted = 2,
    partitions_added = 3,
    topic_settings_changed = 4,
    broker_settings_changed = 5,
    node_changed = 6,
    producer_ids_allocated = 7,
    feature_set = 8,
    partitions_changed = 9,
    node_removed = 10,
};

Kind write(FieldWriter& out, const TopicCreated& command) {
    out.uuid(command.id);
    out.text(command.name);
    out.flag(command.is_internal);
    out.overrides(command.overrides);
    out.replicas(command.replicas);
    return Kind::topic_created;
}
Kind write(FieldWriter& out, const TopicDeleted& command) {
    out.uuid(command.id);
    return Kind::topic_deleted;
}
Kind write(FieldWriter& out, const PartitionsAdded& command) {
    out.uuid(command.id);
    out.replicas(command.replicas);
    return Kind::partitions_added;
}
Kind write(FieldWriter& out, const TopicSettingsChanged& command) {
    out.uuid(command.id);
    out.edits(command.edits);
    return Kind::topic_settings_changed;
}
Kind write(FieldWriter& out, const BrokerSettingsChanged& command) {
    out.flag(command.node.has_value());
    if (command.node) out.number(static_cast<std::uint32_t>(command.node->value));
    out.edits(command.edits);
    return Kind::broker_settings_changed;
}
Kind write(FieldWriter& out, const NodeChanged& command) {
    out.node(command.node);
    return Kind::node_changed;
}
Kind write(FieldWriter& out, const ProducerIdsAllocated& command) {
    out.number(static_cast<std::uint64_t>(command.next.value));
    return Kind::producer_ids_allocated;
}
Kind write(FieldWriter& out, const FeatureSet& command) {
    out.text(command.name);
    out.signed_number(command.level);
    return Kind::feature_set;
}
Kind write(FieldWriter& out, const PartitionsChanged& command) {
    out.uuid(command.id);
    out.number(command.partitions.size());
    for (const auto& [number, now] : command.partitions) {
        out.number(static_cast<std::uint32_t>(number.value));
        out.partition(now);
    }
    return Kind::partitions_changed;
}
Kind write(FieldWriter& out, const NodeRemoved& command) {
    out.number(static_cast<std::uint32_t>(command.node.value));
    return Kind::node_removed;
}

Kind write(FieldWriter& out, const topology::Command& command) {
    return static_cast<Kind>(topology::write(out, command));
}

TopicCreated read_topic_created(FieldReader& in) {
    TopicCreated out;
    out.id = in.uuid();
    out.name = in.text(max_topic_name_bytes);
    out.is_internal = in.flag();
    out.overrides = in.overrides();
    out.replicas = in.replicas();
    return out;
}
PartitionsAdded read_partitions_added(FieldReader& in) {
    PartitionsAdded out;
    out.id = in.uuid();
    out.replicas = in.replicas();
    return out;
}
TopicSettingsChanged read_topic_settings_changed(FieldReader& in) {
    TopicSettingsChanged out;
    out.id = in.uuid();
    out.edits = in.edits();
    return out;
}
BrokerSettingsChanged read_broker_settings_changed(FieldReader& in) {
    BrokerSettingsChanged out;
    if (in.flag()) out.node = in.node_id();
    out.edits = in.edits();
    return out;
}
FeatureSet read_feature_set(FieldReader& in) {
    FeatureSet out;
    out.name = in.text(max_topic_name_bytes);
    out.level = static_cast<std::int16_t>(in.signed_number(0, INT16_MAX));
    return out;
}
PartitionsChanged read_partitions_changed(FieldReader& in) {
    PartitionsChanged out;
    out.id = in.uuid();
    for (auto left = in.count(max_topic_partitions); left > 0 && in.ok(); --left) {
        const PartitionId number{static_cast<std::int32_t>(in.number(max_topic_partitions))};
        if (!out.partitions.empty() && number <= out.partitions.back().partition) in.fail();
        out.partitions.push_back({number, in.partition()});
    }
    return out;
}

std::optional<Command> read_command(Kind kind, FieldReader& in) {
    switch (kind) {
        case Kind::topic_created: return read_topic_created(in);
        case Kind::topic_deleted: return TopicDeleted{in.uuid()};
        case Kind::partitions_added: return read_partitions_added(in);
        case Kind::topic_settings_changed: return read_topic_settings_changed(in);
        case Kind::broker_settings_changed: return read_broker_settings_changed(in);
        case Kind::node_changed: return NodeChanged{in.node()};
        case Kind::producer_ids_allocated:
            return ProducerIdsAllocated{ProducerId{static_cast<std::int64_t>(in.number(INT64_MAX))}};
        case Kind::feature_set: return read_feature_set(in);
        case Kind::partitions_changed: return read_partitions_changed(in);
        case Kind::node_removed: return NodeRemoved{in.node_id()};
    }
    return topology::read_command(static_cast<std::uint64_t>(kind), in);
}

}  // namespace

namespace {

std::uint8_t version_of(const Command& command) {
    const auto* about_topology = std::get_if<topology::Command>(&command);
    if (about_topology == nullptr) return topics_format_version;
    return is_about_parameters(*about_topology) ? metadata_format_version : topology_format_version;
}

}  // namespace

Bytes encode_entry(const std::vector<Command>& commands) {
    Bytes out{topics_format_version};
    for (const auto& command : commands) out.front() = std::max(out.front(), version_of(command));
    Bytes fields;
    for (const auto& command : commands) {
        fields.clear();
        FieldWriter writer{fields};
        const auto kind = std::visit([&](const auto& c) { return write(writer, c); }, command);
        put_uvarint(out, static_cast<std::uint64_t>(kind));
        put_uvarint(out, fields.size());
        out.insert(out.end(), fields.begin(), fields.end());
    }
    return out;
}

Result<std::vector<Command>> decode_entry(ByteView entry) {
    const Error corrupt{Errc::corrupt, "an entry of the metadata log does not decode"};
    if (entry.empty()) return corrupt;
    if (entry.front() < topics_format_version || entry.front() > metadata_format_version) {
        return Error{Errc::unsupported,
                     fmt::format("the metadata is of format {}, this weir reads {} to {}: start "
                                 "the weir that wrote it",
                                 entry.front(), topics_format_version, metadata_format_version)};
    }
    std::vector<Command> out;
    FieldReader in{entry.subspan(1)};
    while (!in.at_end()) {
        const auto kind = static_cast<Kind>(in.number());
        FieldReader fields{in.bytes(in.number())};
        if (!in.ok()) break;
        auto command = read_command(kind, fields);
        if (!command) {
            return Error{Errc::unsupported,
                         fmt::format("the metadata has a command of kind {}, which this weir does "
                                     "not know: start the weir that wrote it, or a newer one",
                                     static_cast<std::uint64_t>(kind))};
        }
        if (!fields.ok() || !fields.at_end()) return corrupt;
        out.push_back(std::move(*command));
    }
    if (!in.ok()) return corrupt;
    return out;
}

}  // namespace weir::metadata
