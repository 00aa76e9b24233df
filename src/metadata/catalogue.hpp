// The cluster's catalogue: its nodes, topics, run-time settings and counters, as of one entry of the metadata
// log.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "metadata/command.hpp"
#include "metadata/replica_index.hpp"
#include "metadata/topic.hpp"
#include "metadata/topology/topology.hpp"
#include "metadata/typed_settings.hpp"

namespace weir::metadata {

// What this node knows by itself: who it is and what its configuration file says. Not part of the log.
struct LocalSettings {
    NodeId node;
    Overrides file{};  // broker settings by name
};

// What a run of commands did to one topic: null before: created; null after: deleted.
struct TopicChange {
    TopicPtr before;
    TopicPtr after;
};
struct CatalogueChanges {
    std::vector<TopicChange> topics;  // in the order of the commands; a topic may come more than once
    bool nodes = false;
    bool broker_settings = false;  // all topics' settings may have changed, too
    topology::Changes topology{};
};

// A value: copies are cheap and share what is the same. One that is not being changed may be read by any
// thread.
class Catalogue {
  public:
    explicit Catalogue(LocalSettings local = {});

    // Deterministic. Fails (corrupt) for a command that decide() would not have made; the catalogue is then
    // as before.
    Result<void> apply(const Command& command, CatalogueChanges* changes = nullptr);

    // nullptr if there is no such topic.
    const Topic* find(std::string_view name) const;
    const Topic* find(const Uuid& id) const;
    TopicPtr find_shared(std::string_view name) const;
    TopicPtr find_shared(const Uuid& id) const;
    // The topic of another name that `name` would be taken for ('.' and '_'); nullptr if there is none.
    const Topic* find_collision(std::string_view name) const;
    // In no particular order.
    void for_each_topic(const std::function<void(const TopicPtr&)>& visit) const { by_id_.for_each(visit); }
    std::size_t topic_count() const { return by_id_.size(); }
    std::size_t partition_count() const { return partition_count_; }

    NodeId this_node() const { return local_->node; }
    const NodeMap& nodes() const { return *nodes_; }
    // nullptr if there is no such node.
    const Node* node(NodeId id) const;
    const std::set<NodeId>& removed_nodes() const { return *removed_nodes_; }
    bool knows_all(const NodeList& nodes) const;
    // What lies on a node.
    const NodeReplicas& replicas_of(NodeId node) const { return replicas_.of(node); }
    using PartitionVisit = std::function<void(const Topic&, PartitionId, const Partition&)>;
    void for_each_partition_of(NodeId node, const PartitionVisit& visit) const;
    // How many partitions have ever got a leader that may lack committed records.
    std::uint64_t unclean_elections() const { return unclean_elections_; }
    const std::map<std::string, std::int16_t, std::less<>>& features() const { return *features_; }
    ProducerId next_producer_id() const { return next_producer_id_; }
    // Exchanges, queues, bindings, policies, users, permissions.
    const topology::Topology& topology() const { return topology_; }

    // What this node goes by, from all layers.
    const BrokerSettings& broker_settings() const { return *broker_settings_; }
    // A new topic's, before overrides.
    const TopicSettings& topic_defaults() const { return *topic_defaults_; }
    // Run-time settings of one node, or (none) the default of all; empty if nothing is set.
    const Overrides& broker_overrides(std::optional<NodeId> node) const;
    // For effective_setting(): of this node, with the topic's overrides on top (nullptr: a broker setting is
    // asked for).
    SettingLayers layers(const Topic* topic = nullptr) const;

    // The replicated part as bytes (docs/formats/metadata.md): the same bytes for the same content.
    Bytes snapshot() const;
    // Replaces everything but the local part. On failure (corrupt, unsupported) the catalogue is as before.
    Result<void> restore(ByteView snapshot);

  private:
    using BrokerOverrides = std::map<std::optional<NodeId>, Overrides>;

    Result<void> on(const TopicCreated& command, CatalogueChanges& changes);
    Result<void> on(const TopicDeleted& command, CatalogueChanges& changes);
    Result<void> on(const PartitionsAdded& command, CatalogueChanges& changes);
    Result<void> on(const TopicSettingsChanged& command, CatalogueChanges& changes);
    Result<void> on(const BrokerSettingsChanged& command, CatalogueChanges& changes);
    Result<void> on(const NodeChanged& command, CatalogueChanges& changes);
    Result<void> on(const NodeRemoved& command, CatalogueChanges& changes);
    Result<void> on(const PartitionsChanged& command, CatalogueChanges& changes);
    Result<void> on(const ProducerIdsAllocated& command, CatalogueChanges& changes);
    Result<void> on(const FeatureSet& command, CatalogueChanges& changes);
    Result<void> on(const topology::Command& command, CatalogueChanges& changes);

    Result<std::vector<Partition>> new_partitions(const std::vector<NodeList>& replicas) const;
    Result<void> check_change(const Topic& topic, const PartitionsChanged& command) const;
    void put_topic(TopicPtr topic);
    std::shared_ptr<const TopicSettings> settings_for(const Overrides& overrides) const;
    void derive_settings();  // after the broker's have changed: all topics' too

    friend class CatalogueFormat;

    std::shared_ptr<const LocalSettings> local_;
    SharedTable<Topic> by_name_;
    SharedTable<Topic> by_id_;
    std::size_t partition_count_ = 0;
    ReplicaIndex replicas_;
    std::shared_ptr<const NodeMap> nodes_;
    std::shared_ptr<const std::set<NodeId>> removed_nodes_;
    std::uint64_t unclean_elections_ = 0;
    std::shared_ptr<const BrokerOverrides> broker_overrides_;
    std::shared_ptr<const std::map<std::string, std::int16_t, std::less<>>> features_;
    ProducerId next_producer_id_{0};
    topology::Topology topology_;
    std::shared_ptr<const BrokerSettings> broker_settings_;
    std::shared_ptr<const TopicSettings> topic_defaults_;
};

}  // namespace weir::metadata
