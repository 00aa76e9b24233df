// What the metadata log holds: the commands that change the catalogue, as bytes and as structs.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "metadata/topic.hpp"
#include "metadata/topology/command.hpp"

namespace weir::metadata {

// The formats of entries and snapshots (docs/formats/metadata.md). A change that older ones can't read raises
// it. What is written has the least version that can hold it: while nothing but topics is used, an older weir
// can be started again.
inline constexpr std::uint8_t topics_format_version = 2;
inline constexpr std::uint8_t topology_format_version = 3;  // with exchanges, queues and accounts
inline constexpr std::uint8_t metadata_format_version = 4;  // with parameters

inline constexpr std::size_t max_features = 1000;

// A setting's new value; none: it is taken back.
using SettingEdit = std::pair<std::string, std::optional<std::string>>;

// Partitions begin at epoch 0, with those replicas in sync whose nodes are not fenced, and the first of these
// that is not being drained leading.
struct TopicCreated {
    Uuid id;
    std::string name;
    bool is_internal = false;
    Overrides overrides{};
    std::vector<NodeList> replicas{};
    bool operator==(const TopicCreated&) const = default;
};
struct TopicDeleted {
    Uuid id;
    bool operator==(const TopicDeleted&) const = default;
};
struct PartitionsAdded {
    Uuid id;
    std::vector<NodeList> replicas{};
    bool operator==(const PartitionsAdded&) const = default;
};
struct TopicSettingsChanged {
    Uuid id;
    std::vector<SettingEdit> edits{};
    bool operator==(const TopicSettingsChanged&) const = default;
};
struct BrokerSettingsChanged {
    std::optional<NodeId> node;  // none: the default of all nodes
    std::vector<SettingEdit> edits{};
    bool operator==(const BrokerSettingsChanged&) const = default;
};
// A node as it now is: registered, fenced, unfenced, drained, taken back.
struct NodeChanged {
    Node node;
    bool operator==(const NodeChanged&) const = default;
};
// Its id is never given again.
struct NodeRemoved {
    NodeId node;
    bool operator==(const NodeRemoved&) const = default;
};
// Partitions of one topic as they now are, in their order: what an election, a change of the in-sync set, a
// step of a reassignment come to.
struct PartitionsChanged {
    Uuid id;
    std::vector<PartitionChange> partitions{};
    bool operator==(const PartitionsChanged&) const = default;
};
struct ProducerIdsAllocated {
    ProducerId next;  // the first that is still free
    bool operator==(const ProducerIdsAllocated&) const = default;
};
struct FeatureSet {
    std::string name;
    std::int16_t level = 0;  // 0: off
    bool operator==(const FeatureSet&) const = default;
};

using Command = std::variant<TopicCreated, TopicDeleted, PartitionsAdded, TopicSettingsChanged,
                             BrokerSettingsChanged, NodeChanged, ProducerIdsAllocated, FeatureSet,
                             PartitionsChanged, NodeRemoved, topology::Command>;

// One entry of the metadata log: commands that take effect together.
Bytes encode_entry(const std::vector<Command>& commands);
// corrupt; unsupported if a newer weir wrote it.
Result<std::vector<Command>> decode_entry(ByteView entry);

}  // namespace weir::metadata
