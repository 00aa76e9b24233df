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

namespace weir::metadata {

// The format of entries and snapshots (docs/formats/metadata.md). A change that older ones can't read raises
// it.
inline constexpr std::uint8_t metadata_format_version = 1;

inline constexpr std::size_t max_nodes = 10'000;
inline constexpr std::size_t max_features = 1000;
inline constexpr std::size_t max_node_endpoints = 100;
inline constexpr std::size_t max_node_text_bytes = 255;  // of a listener's name, a host, a rack

struct Endpoint {
    std::string listener;  // its name, unique within the node
    std::string host;
    std::uint16_t port = 0;
    bool operator==(const Endpoint&) const = default;
};

struct Node {
    NodeId id;
    std::string rack{};  // "" where none is known
    std::vector<Endpoint> endpoints{};
    bool operator==(const Node&) const = default;
};

// A setting's new value; none: it is taken back.
using SettingEdit = std::pair<std::string, std::optional<std::string>>;

// Partitions begin with all replicas in sync, the first leading, at epoch 0.
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
struct NodeRegistered {
    Node node;
    bool operator==(const NodeRegistered&) const = default;
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
                             BrokerSettingsChanged, NodeRegistered, ProducerIdsAllocated, FeatureSet>;

// One entry of the metadata log: commands that take effect together.
Bytes encode_entry(const std::vector<Command>& commands);
// corrupt; unsupported if a newer weir wrote it.
Result<std::vector<Command>> decode_entry(ByteView entry);

}  // namespace weir::metadata
