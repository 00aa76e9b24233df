// Decisions about topics: what may be created, grown and deleted, and where replicas go.
#include <charconv>

#include "base/assert.hpp"
#include "metadata/placement.hpp"
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

Result<void> check_replication(const Catalogue& catalogue, const Placer& placer, std::int64_t factor) {
    if (factor < 1) return Error{Errc::invalid_replication, "a topic has at least 1 replica"};
    const auto nodes = placer.node_count();
    if (factor <= static_cast<std::int64_t>(std::min(nodes, max_replicas))) return {};
    const auto others = catalogue.nodes().size() - nodes;
    return Error{
        Errc::invalid_replication,
        fmt::format("{} replicas need {} nodes, and there {} {}{}: add nodes or ask for fewer replicas",
                    factor, factor, nodes == 1 ? "is" : "are", nodes,
                    others == 0 ? "" : fmt::format(" ({} more fenced or being drained)", others))};
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
            const auto* known = catalogue.node(node);
            if (known == nullptr) return wrong(fmt::format("an unknown node, {}", node.value));
            if (known->drain == Drain::replicas)
                return wrong(fmt::format("a node that is being drained, {}", node.value));
        }
        const auto is_fenced = [&](NodeId node) { return catalogue.node(node)->is_fenced; };
        if (std::ranges::all_of(replicas, is_fenced)) return wrong("a partition on fenced nodes only");
    }
    return {};
}

std::uint64_t seed_of(const Uuid& id) {
    return load_little<std::uint64_t>(id.bytes.data());
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

Result<std::vector<NodeList>> checked_assignment(const Catalogue& catalogue, const CreateTopic& request) {
    if (request.partitions != use_default || request.replication_factor != use_default) {
        return Error{Errc::invalid_argument, "give either an assignment of replicas or counts, not both"};
    }
    if (request.overrides.contains("weir.mode")) {
        return Error{Errc::invalid_argument, "give either an assignment of replicas or weir.mode, not both"};
    }
    const auto& assignment = request.assignment;
    if (auto few = check_partition_count(static_cast<std::int64_t>(assignment.size())); !few)
        return few.error();
    if (auto fits = check_assignment(catalogue, assignment, assignment.front().size()); !fits)
        return fits.error();
    return assignment;
}

// How many replicas the mode gives when none is asked for.
Result<std::int64_t> factor_for(std::optional<Mode> mode, std::int32_t asked, std::int32_t usual,
                                std::size_t nodes) {
    const bool is_alone = mode == Mode::single || mode == Mode::plain;
    if (is_alone && asked != use_default && asked != 1) {
        return Error{Errc::invalid_replication,
                     fmt::format("{} replicas are asked for, and weir.mode={} has one: take mirrored", asked,
                                 mode == Mode::single ? "single" : "plain")};
    }
    if (asked != use_default) return asked;
    if (is_alone) return 1;
    if (mode == Mode::mirrored)
        return static_cast<std::int64_t>(std::clamp<std::size_t>(nodes, 1, max_replicas));
    return usual;
}

Result<std::vector<NodeList>> replicas_for(const Catalogue& catalogue, const CreateTopic& request) {
    if (!request.assignment.empty()) return checked_assignment(catalogue, request);
    const auto& defaults = catalogue.broker_settings();
    const auto chosen = request.overrides.find("weir.mode");
    const auto mode = chosen != request.overrides.end() ? mode_by_name(chosen->second) : std::nullopt;
    const auto count = request.partitions == use_default ? defaults.num_partitions : request.partitions;
    Placer placer{catalogue, nullptr, seed_of(request.id)};
    const auto factor = factor_for(mode, request.replication_factor, defaults.default_replication_factor,
                                   placer.node_count());
    if (!factor) return factor.error();
    if (auto few = check_partition_count(count); !few) return few.error();
    if (auto enough = check_replication(catalogue, placer, *factor); !enough) return enough.error();
    return placer.next(static_cast<std::size_t>(count), static_cast<std::size_t>(*factor),
                       mode == Mode::single);
}

// What the topic asks for itself; the cluster's default gives way to the number of replicas, and so does that
// of weir's own topics, which get more replicas with more nodes.
Result<void> check_min_insync(const Overrides& overrides, std::size_t factor, bool is_internal) {
    const auto at = overrides.find("min.insync.replicas");
    if (at == overrides.end() || is_internal) return {};
    std::size_t least = 0;
    std::from_chars(at->second.data(), at->second.data() + at->second.size(), least);
    if (least <= factor) return {};
    return Error{Errc::invalid_config,
                 fmt::format("min.insync.replicas can't be {} with a replication factor of {}: no write with "
                             "acks=all could succeed",
                             least, factor)};
}

bool is_on_one_node(const Topic& topic) {
    const auto mode = topic.overrides.find("weir.mode");
    return mode != topic.overrides.end() && mode_by_name(mode->second) == Mode::single;
}

// For `count` partitions more.
Result<std::vector<NodeList>> replicas_for(const Catalogue& catalogue, const Topic& topic,
                                           const AddPartitions& request, std::size_t count) {
    const auto factor = static_cast<std::size_t>(topic.replication_factor());
    auto replicas = request.assignment;
    if (replicas.empty() && is_on_one_node(topic)) {
        replicas.assign(count, topic.partitions->front().original());
    } else if (replicas.empty()) {
        Placer placer{catalogue, &topic, seed_of(topic.id)};
        if (auto enough = check_replication(catalogue, placer, topic.replication_factor()); !enough)
            return enough.error();
        replicas = placer.next(count, factor);
    }
    if (replicas.size() != count) {
        return Error{
            Errc::invalid_assignment,
            fmt::format("{} partitions are new, but replicas are given for {}", count, replicas.size())};
    }
    if (auto fits = check_assignment(catalogue, replicas, factor); !fits) return fits.error();
    return replicas;
}

}  // namespace

Result<Decision<TopicPtr>> decide(const Catalogue& catalogue, const CreateTopic& request) {
    if (auto named = check_new_name(catalogue, request.name); !named) return named.error();
    auto replicas = replicas_for(catalogue, request);
    if (!replicas) return replicas.error();
    if (auto known = check_topic_overrides(request.overrides); !known) return known.error();
    if (auto enough = check_min_insync(request.overrides, replicas->front().size(), request.is_internal);
        !enough)
        return enough.error();
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
    auto replicas = replicas_for(catalogue, *topic, request, total - have);
    if (!replicas) return replicas.error();
    if (auto room = check_room(catalogue, 0, replicas->size()); !room) return room.error();
    PartitionsAdded added{.id = topic->id, .replicas = std::move(*replicas)};
    auto grown = after(catalogue, added, topic->id);
    if (request.validate_only) return Decision<TopicPtr>{{}, std::move(grown)};
    return Decision<TopicPtr>{{std::move(added)}, std::move(grown)};
}

}  // namespace weir::metadata
