// Looking into the catalogue, and what each command does to it.
#include "metadata/catalogue.hpp"

#include "base/assert.hpp"

namespace weir::metadata {

namespace {

const Overrides no_overrides;

auto has_name(std::string_view name) {
    return [name](const Topic& topic) { return topic.name == name; };
}
auto has_id(const Uuid& id) {
    return [&id](const Topic& topic) { return topic.id == id; };
}

Error misfit(std::string text) {
    return {Errc::corrupt, "the metadata log contradicts itself: " + std::move(text)};
}

void edit(Overrides& overrides, const std::vector<SettingEdit>& edits) {
    for (const auto& [name, value] : edits) {
        if (value) {
            overrides[name] = *value;
        } else {
            overrides.erase(name);
        }
    }
}

// A partition's beginning, with what is in sync by the nodes' states.
Partition new_partition(const NodeList& replicas, const NodeMap& nodes) {
    Partition out;
    out.replicas = replicas;
    out.in_sync = kept(replicas, [&](NodeId node) { return !nodes.at(node).is_fenced; });
    const auto usable = kept(out.in_sync, [&](NodeId node) { return nodes.at(node).is_usable(); });
    if (!out.in_sync.empty()) out.leader = usable.empty() ? out.in_sync.front() : usable.front();
    return out;
}

}  // namespace

Catalogue::Catalogue(LocalSettings local)
    : local_(std::make_shared<const LocalSettings>(std::move(local))),
      nodes_(std::make_shared<const NodeMap>()),
      removed_nodes_(std::make_shared<const std::set<NodeId>>()),
      broker_overrides_(std::make_shared<const BrokerOverrides>()),
      features_(std::make_shared<const std::map<std::string, std::int16_t, std::less<>>>()) {
    derive_settings();
}

Result<void> Catalogue::apply(const Command& command, CatalogueChanges* changes) {
    CatalogueChanges unwanted;
    return std::visit([&](const auto& c) { return on(c, changes != nullptr ? *changes : unwanted); },
                      command);
}

const Topic* Catalogue::find(std::string_view name) const {
    return by_name_.find(topic_name_hash(name), has_name(name));
}
const Topic* Catalogue::find(const Uuid& id) const {
    return by_id_.find(topic_id_hash(id), has_id(id));
}

TopicPtr Catalogue::find_shared(std::string_view name) const {
    const auto* topic = by_name_.find_shared(topic_name_hash(name), has_name(name));
    return topic != nullptr ? *topic : nullptr;
}
TopicPtr Catalogue::find_shared(const Uuid& id) const {
    const auto* topic = by_id_.find_shared(topic_id_hash(id), has_id(id));
    return topic != nullptr ? *topic : nullptr;
}

const Topic* Catalogue::find_collision(std::string_view name) const {
    return by_name_.find(topic_name_hash(name), [name](const Topic& topic) {
        return topic.name != name && names_collide(topic.name, name);
    });
}

const Overrides& Catalogue::broker_overrides(std::optional<NodeId> node) const {
    const auto at = broker_overrides_->find(node);
    return at != broker_overrides_->end() ? at->second : no_overrides;
}

SettingLayers Catalogue::layers(const Topic* topic) const {
    return {.topic = topic != nullptr ? &topic->overrides : nullptr,
            .broker = &broker_overrides(local_->node),
            .broker_default = &broker_overrides(std::nullopt),
            .file = &local_->file};
}

void Catalogue::put_topic(TopicPtr topic) {
    by_name_.put(topic_name_hash(topic->name), topic, has_name(topic->name));
    by_id_.put(topic_id_hash(topic->id), topic, has_id(topic->id));
}

std::shared_ptr<const TopicSettings> Catalogue::settings_for(const Overrides& overrides) const {
    if (overrides.empty()) return topic_defaults_;
    auto all = layers();
    all.topic = &overrides;
    return std::make_shared<const TopicSettings>(topic_settings(all));
}

void Catalogue::derive_settings() {
    broker_settings_ = std::make_shared<const BrokerSettings>(metadata::broker_settings(layers()));
    topic_defaults_ = std::make_shared<const TopicSettings>(topic_settings(layers()));
    std::vector<TopicPtr> topics;
    by_id_.for_each([&](const TopicPtr& topic) { topics.push_back(topic); });
    for (const auto& topic : topics) {
        auto changed = std::make_shared<Topic>(*topic);
        changed->settings = settings_for(topic->overrides);
        put_topic(std::move(changed));
    }
}

const Node* Catalogue::node(NodeId id) const {
    const auto at = nodes_->find(id);
    return at != nodes_->end() ? &at->second : nullptr;
}

bool Catalogue::knows_all(const NodeList& nodes) const {
    return std::ranges::all_of(nodes, [&](NodeId node) { return nodes_->contains(node); });
}

void Catalogue::for_each_partition_of(NodeId node, const PartitionVisit& visit) const {
    replicas_.of(node).topics.for_each([&](const std::shared_ptr<const TopicReplicas>& on_node) {
        const auto* topic = find(on_node->topic);
        ASSERT(topic != nullptr);
        for (const auto number : on_node->partitions) visit(*topic, number, *topic->partition(number));
    });
}

Result<std::vector<Partition>> Catalogue::new_partitions(const std::vector<NodeList>& replicas) const {
    std::vector<Partition> out;
    out.reserve(replicas.size());
    for (const auto& list : replicas) {
        if (!knows_all(list)) return misfit("a partition has a replica on an unknown node");
        out.push_back(new_partition(list, *nodes_));
        if (auto good = check_partition(out.back()); !good) return misfit(good.error().message);
    }
    if (out.empty()) return misfit("a topic has no partitions");
    return out;
}

Result<void> Catalogue::on(const TopicCreated& command, CatalogueChanges& changes) {
    if (auto named = check_topic_name(command.name); !named) return misfit(named.error().message);
    if (find(command.name) != nullptr || find_collision(command.name) != nullptr) {
        return misfit("topic " + command.name + " is created twice");
    }
    if (find(command.id) != nullptr) return misfit("topic id " + command.id.text() + " is given twice");
    auto partitions = new_partitions(command.replicas);
    if (!partitions) return partitions.error();
    auto topic = std::make_shared<Topic>();
    topic->name = command.name;
    topic->id = command.id;
    topic->is_internal = command.is_internal;
    topic->overrides = command.overrides;
    topic->partitions = std::make_shared<const PartitionTable>(*partitions);
    topic->settings = settings_for(topic->overrides);
    partition_count_ += topic->partitions->size();
    replicas_.add(*topic, 0);
    changes.topics.push_back({nullptr, topic});
    put_topic(std::move(topic));
    return {};
}

Result<void> Catalogue::on(const TopicDeleted& command, CatalogueChanges& changes) {
    const auto topic = find_shared(command.id);
    if (topic == nullptr) return misfit("topic id " + command.id.text() + " is deleted but does not exist");
    by_name_.erase(topic_name_hash(topic->name), has_name(topic->name));
    by_id_.erase(topic_id_hash(topic->id), has_id(topic->id));
    partition_count_ -= topic->partitions->size();
    replicas_.remove(*topic);
    topology_.remove_topic(topic->name, &changes.topology);
    changes.topics.push_back({topic, nullptr});
    return {};
}

Result<void> Catalogue::on(const PartitionsAdded& command, CatalogueChanges& changes) {
    const auto topic = find_shared(command.id);
    if (topic == nullptr) return misfit("topic id " + command.id.text() + " grows but does not exist");
    if (topic->partitions->size() + command.replicas.size() > max_topic_partitions) {
        return misfit("topic " + topic->name + " grows by partitions that it can't have");
    }
    const auto added = new_partitions(command.replicas);
    if (!added) return added.error();
    auto partitions = *topic->partitions;
    partitions.append(*added);
    auto grown = std::make_shared<Topic>(*topic);
    grown->partitions = std::make_shared<const PartitionTable>(std::move(partitions));
    partition_count_ += added->size();
    replicas_.add(*grown, topic->partitions->size());
    changes.topics.push_back({topic, grown});
    put_topic(std::move(grown));
    return {};
}

Result<void> Catalogue::on(const TopicSettingsChanged& command, CatalogueChanges& changes) {
    const auto topic = find_shared(command.id);
    if (topic == nullptr) return misfit("topic id " + command.id.text() + " is altered but does not exist");
    auto altered = std::make_shared<Topic>(*topic);
    edit(altered->overrides, command.edits);
    altered->settings = settings_for(altered->overrides);
    changes.topics.push_back({topic, altered});
    put_topic(std::move(altered));
    return {};
}

Result<void> Catalogue::on(const BrokerSettingsChanged& command, CatalogueChanges& changes) {
    auto all = *broker_overrides_;
    auto& overrides = all[command.node];
    edit(overrides, command.edits);
    if (overrides.empty()) all.erase(command.node);
    broker_overrides_ = std::make_shared<const BrokerOverrides>(std::move(all));
    derive_settings();
    changes.broker_settings = true;
    return {};
}

Result<void> Catalogue::check_change(const Topic& topic, const PartitionsChanged& command) const {
    auto least = PartitionId{0};
    for (const auto& [number, now] : command.partitions) {
        const auto* before = topic.partition(number);
        if (before == nullptr || number < least)
            return misfit("topic " + topic.name + " has no such partition");
        least = PartitionId{number.value + 1};
        if (!knows_all(now.replicas)) return misfit("a partition moves to an unknown node");
        if (auto good = check_step(*before, now); !good) return misfit(good.error().message);
    }
    return {};
}

Result<void> Catalogue::on(const PartitionsChanged& command, CatalogueChanges& changes) {
    const auto topic = find_shared(command.id);
    if (topic == nullptr) return misfit("topic id " + command.id.text() + " changes but does not exist");
    if (auto good = check_change(*topic, command); !good) return good;
    std::vector<ReplicaChange> moved;
    for (const auto& [number, now] : command.partitions) {
        const auto& before = *topic->partition(number);
        if (before.replicas != now.replicas) moved.push_back({number, &before.replicas, &now.replicas});
        if (is_unclean_election(before, now)) ++unclean_elections_;
    }
    if (!moved.empty()) replicas_.change(topic->id, moved);
    auto partitions = *topic->partitions;
    partitions.change(command.partitions);
    auto changed = std::make_shared<Topic>(*topic);
    changed->partitions = std::make_shared<const PartitionTable>(std::move(partitions));
    changes.topics.push_back({topic, changed});
    put_topic(std::move(changed));
    return {};
}

Result<void> Catalogue::on(const NodeChanged& command, CatalogueChanges& changes) {
    if (removed_nodes_->contains(command.node.id)) return misfit("a removed node comes back");
    auto nodes = *nodes_;
    nodes[command.node.id] = command.node;
    nodes_ = std::make_shared<const NodeMap>(std::move(nodes));
    changes.nodes = true;
    return {};
}

Result<void> Catalogue::on(const NodeRemoved& command, CatalogueChanges& changes) {
    if (!nodes_->contains(command.node)) return misfit("a node is removed that is not there");
    if (replicas_.of(command.node).replicas != 0) return misfit("a node is removed that has replicas");
    auto nodes = *nodes_;
    nodes.erase(command.node);
    nodes_ = std::make_shared<const NodeMap>(std::move(nodes));
    auto removed = *removed_nodes_;
    removed.insert(command.node);
    removed_nodes_ = std::make_shared<const std::set<NodeId>>(std::move(removed));
    changes.nodes = true;
    return {};
}

Result<void> Catalogue::on(const ProducerIdsAllocated& command, CatalogueChanges&) {
    if (command.next <= next_producer_id_) return misfit("producer ids are given out twice");
    next_producer_id_ = command.next;
    return {};
}

Result<void> Catalogue::on(const topology::Command& command, CatalogueChanges& changes) {
    return topology_.apply(command, &changes.topology);
}

Result<void> Catalogue::on(const FeatureSet& command, CatalogueChanges&) {
    auto features = *features_;
    if (command.level == 0) {
        features.erase(command.name);
    } else {
        features[command.name] = command.level;
    }
    features_ = std::make_shared<const std::map<std::string, std::int16_t, std::less<>>>(std::move(features));
    return {};
}

}  // namespace weir::metadata
