// Decisions about topics: what may be created, grown and deleted, and where replicas go.
#include "base/assert.hpp"
#include "metadata/requests.hpp"

namespace weir::metadata {

namespace {

Error no_topic(std::string_view name) {
    return {Errc::not_found, fmt::format("there is no topic '{}'", name.substr(0, max_topic_name_bytes))};
}

// The topic as it is once `command` has been applied.
TopicPtr after(Catalogue catalogue, const Command& command, const Uuid& id) {
    const auto applied = catalogue.apply(command);
    ASSERT(applied);
    return catalogue.find_shared(id);
}

Result<void> check_partition_count(std::int64_t count) {
    if (count >= 1 && count <= static_cast<std::int64_t>(max_topic_partitions)) return {};
    return Error{Errc::invalid_partitions,
                 fmt::format("a topic has from 1 to {} partitions, not {}", max_topic_partitions, count)};
}

Result<void> check_replication(const Catalogue& catalogue, std::int64_t factor) {
    const auto nodes = catalogue.nodes().size();
    if (factor < 1) return Error{Errc::invalid_replication, "a topic has at least 1 replica"};
    if (factor > static_cast<std::int64_t>(std::min(nodes, max_replicas))) {
        return Error{
            Errc::invalid_replication,
            fmt::format("{} replicas need {} nodes, and there {} {}: add nodes or ask for fewer replicas",
                        factor, factor, nodes == 1 ? "is" : "are", nodes)};
    }
    return {};
}

// Replicas chosen by the caller: `factor` for each partition, on nodes that exist, each once.
Result<void> check_assignment(const Catalogue& catalogue, const std::vector<NodeList>& assignment,
                              std::size_t factor) {
    for (const auto& replicas : assignment) {
        const auto wrong = [&](std::string_view what) {
            return Error{Errc::invalid_assignment, fmt::format("the assignment of replicas has {}", what)};
        };
        if (replicas.empty()) return wrong("a partition without replicas");
        if (replicas.size() > max_replicas) return wrong("too many replicas of a partition");
        if (replicas.size() != factor) return wrong("partitions with different replica counts");
        auto sorted = replicas;
        std::ranges::sort(sorted);
        if (std::ranges::adjacent_find(sorted) != sorted.end())
            return wrong("a node twice for one partition");
        for (const auto node : replicas) {
            if (!catalogue.nodes().contains(node))
                return wrong(fmt::format("an unknown node, {}", node.value));
        }
    }
    return {};
}

// Spreads `count` partitions from number `first` on: leaders in turn over the nodes from a start that the
// topic's id picks, the other replicas on the nodes that follow.
std::vector<NodeList> place(const Catalogue& catalogue, const Uuid& id, std::size_t first, std::size_t count,
                            std::size_t factor) {
    std::vector<NodeId> nodes;
    for (const auto& [node, unused] : catalogue.nodes()) nodes.push_back(node);
    const auto start = load_little<std::uint64_t>(id.bytes.data()) % nodes.size();
    std::vector<NodeList> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t replica = 0; replica < factor; ++replica) {
            out[i].push_back(nodes[(start + first + i + replica) % nodes.size()]);
        }
    }
    return out;
}

Result<void> check_new_name(const Catalogue& catalogue, std::string_view name) {
    if (auto named = check_topic_name(name); !named) return named;
    if (catalogue.find(name) != nullptr) {
        return Error{Errc::already_exists, fmt::format("topic '{}' exists already", name)};
    }
    if (const auto* other = catalogue.find_collision(name)) {
        return Error{Errc::invalid_name,
                     fmt::format("'{}' collides with the topic '{}': '.' and '_' count as the same", name,
                                 other->name)};
    }
    return {};
}

Result<void> check_room(const Catalogue& catalogue, std::size_t more_topics, std::size_t more_partitions) {
    if (catalogue.topic_count() + more_topics > max_topics) {
        return Error{Errc::limit_exceeded, fmt::format("there can be no more than {} topics", max_topics)};
    }
    if (catalogue.partition_count() + more_partitions > max_cluster_partitions) {
        return Error{Errc::limit_exceeded,
                     fmt::format("there can be no more than {} partitions in all", max_cluster_partitions)};
    }
    return {};
}

Result<std::vector<NodeList>> replicas_for(const Catalogue& catalogue, const CreateTopic& request) {
    if (!request.assignment.empty()) {
        if (request.partitions != use_default || request.replication_factor != use_default) {
            return Error{Errc::invalid_argument, "give either an assignment of replicas or counts, not both"};
        }
        if (auto few = check_partition_count(static_cast<std::int64_t>(request.assignment.size())); !few) {
            return few.error();
        }
        if (auto fits = check_assignment(catalogue, request.assignment, request.assignment.front().size());
            !fits)
            return fits.error();
        return request.assignment;
    }
    const auto& defaults = catalogue.broker_settings();
    const auto count = request.partitions == use_default ? defaults.num_partitions : request.partitions;
    const auto factor = request.replication_factor == use_default ? defaults.default_replication_factor
                                                                  : request.replication_factor;
    if (auto few = check_partition_count(count); !few) return few.error();
    if (auto enough = check_replication(catalogue, factor); !enough) return enough.error();
    return place(catalogue, request.id, 0, static_cast<std::size_t>(count), static_cast<std::size_t>(factor));
}

}  // namespace

Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const CreateTopic& request) {
    if (auto named = check_new_name(catalogue, request.name); !named) return named.error();
    auto replicas = replicas_for(catalogue, request);
    if (!replicas) return replicas.error();
    if (auto known = check_topic_overrides(request.overrides); !known) return known.error();
    if (auto room = check_room(catalogue, 1, replicas->size()); !room) return room.error();
    TopicCreated created{.id = request.id,
                         .name = request.name,
                         .is_internal = request.is_internal,
                         .overrides = request.overrides,
                         .replicas = std::move(*replicas)};
    if (catalogue.find(created.id) != nullptr) return Error{Errc::internal, "the new topic's id is taken"};
    auto topic = after(catalogue, created, request.id);
    if (request.validate_only) return Decision<TopicPtr>{{}, std::move(topic)};
    return Decision<TopicPtr>{{std::move(created)}, std::move(topic)};
}

Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const DeleteTopic& request) {
    const auto topic =
        request.name.empty() ? catalogue.find_shared(request.id) : catalogue.find_shared(request.name);
    if (topic == nullptr) {
        if (!request.name.empty()) return no_topic(request.name);
        return Error{Errc::unknown_topic_id, fmt::format("there is no topic of id {}", request.id.text())};
    }
    if (!catalogue.broker_settings().delete_topic_enabled) {
        return Error{Errc::disabled, "topics can't be deleted: delete.topic.enable is false"};
    }
    return Decision<TopicPtr>{{TopicDeleted{topic->id}}, topic};
}

Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const AddPartitions& request) {
    const auto topic = catalogue.find_shared(request.name);
    if (topic == nullptr) return no_topic(request.name);
    const auto have = topic->partitions->size();
    if (auto few = check_partition_count(request.total); !few) return few.error();
    const auto total = static_cast<std::size_t>(request.total);
    if (total <= have) {
        return Error{Errc::invalid_partitions,
                     fmt::format("topic '{}' has {} partitions already, and can only get more, not {}",
                                 topic->name, have, total)};
    }
    auto replicas = request.assignment;
    if (replicas.empty()) {
        if (auto enough = check_replication(catalogue, topic->replication_factor()); !enough)
            return enough.error();
        replicas = place(catalogue, topic->id, have, total - have,
                         static_cast<std::size_t>(topic->replication_factor()));
    } else if (replicas.size() != total - have) {
        return Error{Errc::invalid_assignment,
                     fmt::format("{} partitions are new, but replicas are given for {}", total - have,
                                 replicas.size())};
    } else if (auto fits = check_assignment(catalogue, replicas, topic->partitions->front().replicas.size());
               !fits) {
        return fits.error();
    }
    if (auto room = check_room(catalogue, 0, replicas.size()); !room) return room.error();
    PartitionsAdded added{.id = topic->id, .replicas = std::move(replicas)};
    auto grown = after(catalogue, added, topic->id);
    if (request.validate_only) return Decision<TopicPtr>{{}, std::move(grown)};
    return Decision<TopicPtr>{{std::move(added)}, std::move(grown)};
}

}  // namespace weir::metadata
