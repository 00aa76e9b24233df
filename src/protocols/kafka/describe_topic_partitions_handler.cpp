// DescribeTopicPartitions: a page of the topics and of who leads their partitions; makes none.
#include "broker/queue_views.hpp"
#include "protocols/kafka/authorized_operations.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_view.hpp"
#include "protocols/kafka/topic_page.hpp"

namespace weir::kafka {

namespace {

using DescribedTopic = DescribeTopicPartitionsResponse::Topic;

std::vector<std::string> all_names(const metadata::Catalogue& catalogue) {
    std::vector<std::string> names;
    catalogue.for_each_topic([&](const metadata::TopicPtr& topic) { names.push_back(topic->name); });
    for (auto& view : broker::all_views(catalogue)) names.push_back(std::move(view.topic));
    return names;
}

std::optional<PageStart> page_start(const DescribeTopicPartitionsRequest& request) {
    if (!request.cursor) return std::nullopt;
    return PageStart{std::string(request.cursor->topic_name), request.cursor->partition_index};
}

Result<TopicPage> find_page(const DescribeTopicPartitionsRequest& request,
                            const metadata::Catalogue& catalogue) {
    const bool are_all = request.topics.empty();
    std::vector<std::string> wanted;
    if (are_all) wanted = all_names(catalogue);
    for (const auto& topic : request.topics) wanted.emplace_back(topic.name);
    const auto start = page_start(request);
    const auto names = page_names(std::move(wanted), are_all, start);
    if (!names) return names.error();
    const auto partitions = [&](std::string_view name) -> std::optional<std::int32_t> {
        if (const auto* topic = catalogue.find(name)) return topic->partition_count();
        if (const auto view = broker::find_view(catalogue, name)) return view->partitions;
        return std::nullopt;
    };
    return topic_page(*names, start, request.response_partition_limit, partitions);
}

class Describer {
  public:
    Describer(const broker::Broker& broker, const metadata::Catalogue& catalogue)
        : broker_(broker), catalogue_(catalogue) {}

    DescribedTopic describe(const PageEntry& entry) const {
        DescribedTopic reply{.name = entry.topic, .topic_authorized_operations = topic_operations};
        if (!entry.is_known) {
            const auto valid = metadata::check_topic_name(entry.topic);
            reply.error_code = valid ? ErrorCode::unknown_topic_or_partition : error_code(valid.error().code);
        } else if (const auto* topic = catalogue_.find(entry.topic)) {
            describe_topic(entry, *topic, reply);
        } else if (const auto view = broker::find_view(catalogue_, entry.topic)) {
            describe_view(entry, *view, reply);
        }
        return reply;
    }

  private:
    void describe_topic(const PageEntry& entry, const metadata::Topic& topic, DescribedTopic& reply) const {
        reply.topic_id = topic.id;
        reply.is_internal = topic.is_internal;
        for (auto i = entry.first; i < entry.end; ++i) add(i, *topic.partition(PartitionId{i}), reply);
    }

    // As in Metadata: what a queue keeps is where its log is.
    void describe_view(const PageEntry& entry, const broker::QueueView& view, DescribedTopic& reply) const {
        const auto place = broker::log_place(catalogue_, view.queue);
        if (place.topic == nullptr) reply.error_code = ErrorCode::leader_not_available;
        for (auto i = entry.first; place.topic && i < entry.end; ++i) {
            add(i, *place.topic->partition(place.partition), reply);
            reply.partitions.back().leader_epoch = no_epoch;
        }
    }

    void add(std::int32_t number, const metadata::Partition& partition, DescribedTopic& reply) const {
        auto& out = reply.partitions.emplace_back();
        out.partition_index = PartitionId{number};
        describe_partition(broker_, partition, catalogue_.nodes(), out);
        out.eligible_leader_replicas = as_vector(partition.eligible);
        out.last_known_elr = as_vector(partition.last_known);
    }

    const broker::Broker& broker_;
    const metadata::Catalogue& catalogue_;
};

}  // namespace

void handle_describe_topic_partitions(DescribeTopicPartitionsCall call) {
    const auto catalogue = call.broker().controller().catalogue();
    DescribeTopicPartitionsResponse response;
    const auto page = find_page(call.request, *catalogue);
    if (!page) {
        for (const auto& topic : call.request.topics) {
            response.topics.push_back(
                {.error_code = error_code(page.error().code), .name = std::string(topic.name)});
        }
        return call.reply(response);
    }
    const Describer describer{call.broker(), *catalogue};
    for (const auto& entry : page->entries) response.topics.push_back(describer.describe(entry));
    if (page->next) response.next_cursor = {page->next->topic, page->next->partition};
    call.reply(response);
}

}  // namespace weir::kafka
