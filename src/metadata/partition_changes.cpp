// Counts bytes as the entry will have them, and sorts what came in any order.
#include "metadata/partition_changes.hpp"

#include "metadata/field_codec.hpp"

namespace weir::metadata {

namespace {

constexpr std::size_t topic_overhead = 32;     // of a command: its kind, length, topic and count
constexpr std::size_t partition_overhead = 3;  // its number

std::size_t encoded_size(const Partition& partition) {
    Bytes bytes;
    FieldWriter{bytes}.partition(partition);
    return bytes.size() + partition_overhead;
}

}  // namespace

Result<Partition> PartitionChanges::add(const Topic& topic, PartitionId number, Partition wanted,
                                        NodeId damaged) {
    const auto& before = *topic.partition(number);
    auto rules = rules_for(*catalogue_, topic);
    rules.damaged = damaged;
    auto next = settled(before, std::move(wanted), rules);
    if (next == before) return next;
    const auto at = by_topic_.find(topic.id);
    const auto size = encoded_size(next) + (at == by_topic_.end() ? topic_overhead : 0);
    if (is_full_ || bytes_ + size > most_bytes_) {
        is_full_ = true;
        return Error{Errc::busy, "too many partitions change at once: try again"};
    }
    bytes_ += size;
    ++count_;
    auto& command = at != by_topic_.end() ? at->second : by_topic_[topic.id];
    command.id = topic.id;
    command.partitions.push_back({number, next});
    return next;
}

void PartitionChanges::settle(std::span<const NodeId> nodes) {
    for (std::size_t i = 0; i < nodes.size() && !is_full_; ++i) {
        const auto earlier = nodes.first(i);
        catalogue_->for_each_partition_of(
            nodes[i], [&](const Topic& topic, PartitionId number, const Partition& now) {
                const auto is_done = [&](NodeId node) { return contains(now.replicas, node); };
                if (is_full_ || std::ranges::any_of(earlier, is_done)) return;
                (void)add(topic, number, now);
            });
    }
}

void PartitionChanges::settle(const Topic& topic) {
    for (std::int32_t i = 0; i < topic.partition_count() && !is_full_; ++i)
        (void)add(topic, PartitionId{i}, *topic.partition(PartitionId{i}));
}

std::vector<Command> PartitionChanges::commands() && {
    std::vector<Command> out;
    for (auto& [id, command] : by_topic_) {
        std::ranges::sort(command.partitions, {}, &PartitionChange::partition);
        out.emplace_back(std::move(command));
    }
    by_topic_.clear();
    return out;
}

}  // namespace weir::metadata
