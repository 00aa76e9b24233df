// Names, both ways.
#include "broker/queue_views.hpp"

#include "broker/queue/queue_shard.hpp"
#include "broker/queue_settings.hpp"

namespace weir::broker {

namespace {

std::optional<QueueView> view_of(const metadata::Catalogue& catalogue, const topology::Queue& queue) {
    if (!is_replayable(queue)) return std::nullopt;
    auto topic = std::string{view_prefix} + queue.name;
    if (!metadata::check_topic_name(topic) || catalogue.find(topic) != nullptr) return std::nullopt;
    return QueueView{std::move(topic), queue.id, queue.name, lane_count(queue)};
}

}  // namespace

std::optional<QueueView> find_view(const metadata::Catalogue& catalogue, std::string_view topic) {
    if (!topic.starts_with(view_prefix)) return std::nullopt;
    const auto* queue = catalogue.topology().queue(viewed_host, topic.substr(view_prefix.size()));
    return queue != nullptr ? view_of(catalogue, *queue) : std::nullopt;
}

std::vector<QueueView> all_views(const metadata::Catalogue& catalogue) {
    std::vector<QueueView> views;
    const auto* host = catalogue.topology().host(viewed_host);
    if (host == nullptr) return views;
    host->queues.for_each([&](const topology::QueuePtr& queue) {
        if (auto view = view_of(catalogue, *queue)) views.push_back(std::move(*view));
    });
    return views;
}

LogPlace log_place(const metadata::Catalogue& catalogue, QueueId queue) {
    const auto* topic = catalogue.find(queue::queues_topic);
    if (topic == nullptr || topic->partition_count() == 0) return {};
    const auto count = static_cast<std::uint64_t>(topic->partition_count());
    return {topic, PartitionId{static_cast<std::int32_t>(queue.value % count)}};
}

}  // namespace weir::broker
