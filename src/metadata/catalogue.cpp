// Looking into the catalogue, and what each command does to it.
#include "metadata/catalogue.hpp"

namespace weir::metadata {

namespace {

const Overrides no_overrides;

std::uint64_t id_hash(const Uuid& id) {
    return (load_little<std::uint64_t>(id.bytes.data()) ^ load_little<std::uint64_t>(id.bytes.data() + 8)) *
           0x9e3779b97f4a7c15u;
}
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

std::vector<Partition> new_partitions(const std::vector<NodeList>& replicas) {
    std::vector<Partition> out;
    out.reserve(replicas.size());
    for (const auto& list : replicas) {
        out.push_back({.leader = list.front(), .epoch = LeaderEpoch{0}, .replicas = list, .in_sync = list});
    }
    return out;
}

bool all_placed(const std::vector<NodeList>& replicas) {
    return !replicas.empty() && std::ranges::none_of(replicas, &NodeList::empty);
}

}  // namespace

Catalogue::Catalogue(LocalSettings local)
    : local_(std::make_shared<const LocalSettings>(std::move(local))),
      nodes_(std::make_shared<const std::map<NodeId, Node>>()),
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
    return by_id_.find(id_hash(id), has_id(id));
}

TopicPtr Catalogue::find_shared(std::string_view name) const {
    const auto* topic = by_name_.find_shared(topic_name_hash(name), has_name(name));
    return topic != nullptr ? *topic : nullptr;
}
TopicPtr Catalogue::find_shared(const Uuid& id) const {
    const auto* topic = by_id_.find_shared(id_hash(id), has_id(id));
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
    by_id_.put(id_hash(topic->id), topic, has_id(topic->id));
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

Result<void> Catalogue::on(const TopicCreated& command, CatalogueChanges& changes) {
    if (auto named = check_topic_name(command.name); !named) return misfit(named.error().message);
    if (find(command.name) != nullptr || find_collision(command.name) != nullptr) {
        return misfit("topic " + command.name + " is created twice");
    }
    if (find(command.id) != nullptr) return misfit("topic id " + command.id.text() + " is given twice");
    if (!all_placed(command.replicas))
        return misfit("topic " + command.name + " has a partition without replicas");
    auto topic = std::make_shared<Topic>();
    topic->name = command.name;
    topic->id = command.id;
    topic->is_internal = command.is_internal;
    topic->overrides = command.overrides;
    topic->partitions = std::make_shared<const std::vector<Partition>>(new_partitions(command.replicas));
    topic->settings = settings_for(topic->overrides);
    partition_count_ += topic->partitions->size();
    changes.topics.push_back({nullptr, topic});
    put_topic(std::move(topic));
    return {};
}

Result<void> Catalogue::on(const TopicDeleted& command, CatalogueChanges& changes) {
    const auto topic = find_shared(command.id);
    if (topic == nullptr) return misfit("topic id " + command.id.text() + " is deleted but does not exist");
    by_name_.erase(topic_name_hash(topic->name), has_name(topic->name));
    by_id_.erase(id_hash(topic->id), has_id(topic->id));
    partition_count_ -= topic->partitions->size();
    changes.topics.push_back({topic, nullptr});
    return {};
}

Result<void> Catalogue::on(const PartitionsAdded& command, CatalogueChanges& changes) {
    const auto topic = find_shared(command.id);
    if (topic == nullptr) return misfit("topic id " + command.id.text() + " grows but does not exist");
    if (!all_placed(command.replicas) ||
        topic->partitions->size() + command.replicas.size() > max_topic_partitions) {
        return misfit("topic " + topic->name + " grows by partitions that it can't have");
    }
    auto partitions = *topic->partitions;
    for (auto& partition : new_partitions(command.replicas)) partitions.push_back(std::move(partition));
    auto grown = std::make_shared<Topic>(*topic);
    grown->partitions = std::make_shared<const std::vector<Partition>>(std::move(partitions));
    partition_count_ += command.replicas.size();
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

Result<void> Catalogue::on(const NodeRegistered& command, CatalogueChanges& changes) {
    auto nodes = *nodes_;
    nodes[command.node.id] = command.node;
    nodes_ = std::make_shared<const std::map<NodeId, Node>>(std::move(nodes));
    changes.nodes = true;
    return {};
}

Result<void> Catalogue::on(const ProducerIdsAllocated& command, CatalogueChanges&) {
    if (command.next <= next_producer_id_) return misfit("producer ids are given out twice");
    next_producer_id_ = command.next;
    return {};
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
