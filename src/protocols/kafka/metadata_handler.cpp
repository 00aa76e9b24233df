// Metadata: which topics exist and who leads their partitions; creates topics that are asked for, where
// allowed.
#include "broker/broker.hpp"
#include "broker/queue_views.hpp"
#include "protocols/kafka/authorized_operations.hpp"
#include "protocols/kafka/cluster_view.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_view.hpp"

namespace weir::kafka {

namespace {

using TopicReply = MetadataResponse::Topic;

void add_partition(const broker::Broker& broker, const metadata::Partition& partition,
                   const metadata::NodeMap& nodes, TopicReply& reply) {
    auto& out = reply.partitions.emplace_back();
    out.partition_index = PartitionId{static_cast<std::int32_t>(reply.partitions.size()) - 1};
    describe_partition(broker, partition, nodes, out);
}

void describe(const broker::Broker& broker, const metadata::Topic& topic, const metadata::NodeMap& nodes,
              TopicReply& reply) {
    reply.error_code = ErrorCode::none;
    reply.name = topic.name;
    reply.topic_id = topic.id;
    reply.is_internal = topic.is_internal;
    reply.partitions.reserve(topic.partitions->size());
    for (const auto& partition : *topic.partitions) add_partition(broker, partition, nodes, reply);
}

// What a queue keeps is where its log is. Its offsets stay what they are under every leader, so that no epoch
// need be told.
void describe(const broker::Broker& broker, const broker::QueueView& view,
              const metadata::Catalogue& catalogue, TopicReply& reply) {
    reply.name = view.topic;
    const auto place = broker::log_place(catalogue, view.queue);
    reply.error_code = place.topic ? ErrorCode::none : ErrorCode::leader_not_available;
    for (std::int32_t i = 0; place.topic && i < view.partitions; ++i) {
        add_partition(broker, *place.topic->partition(place.partition), catalogue.nodes(), reply);
        reply.partitions.back().leader_epoch = no_epoch;
    }
}

// Starts making the topic and says that it is not there yet: clients ask again.
ErrorCode create_missing(const MetadataCall& call, const std::string& name) {
    if (auto valid = metadata::check_topic_name(name); !valid) return error_code(valid.error().code);
    // A queue of this name may come.
    if (name.starts_with(broker::view_prefix) && call.broker().serves_queues())
        return ErrorCode::unknown_topic_or_partition;
    const auto catalogue = call.broker().controller().catalogue();
    if (call.request.allow_auto_topic_creation && catalogue->broker_settings().auto_create_topics) {
        call.broker().create_missing_topic(name);
    }
    return ErrorCode::unknown_topic_or_partition;
}

void describe_named(const MetadataCall& call, const metadata::Catalogue& catalogue, const std::string& name,
                    TopicReply& reply) {
    const auto* topic = catalogue.find(name);
    if (topic != nullptr) return describe(call.broker(), *topic, catalogue.nodes(), reply);
    if (const auto view = broker::find_view(catalogue, name))
        return describe(call.broker(), *view, catalogue, reply);
    reply.name = name;
    reply.error_code = create_missing(call, name);
}

void describe_identified(const broker::Broker& broker, const metadata::Catalogue& catalogue, const Uuid& id,
                         TopicReply& reply) {
    const auto* topic = catalogue.find(id);
    if (topic != nullptr) return describe(broker, *topic, catalogue.nodes(), reply);
    reply.topic_id = id;
    reply.error_code = ErrorCode::unknown_topic_id;
}

bool asks_for_all(const MetadataCall& call) {
    const auto& topics = call.request.topics;
    return !topics || (call.version() == 0 && topics->empty());
}

void describe_all(const broker::Broker& broker, const metadata::Catalogue& catalogue,
                  MetadataResponse& response) {
    std::vector<metadata::TopicPtr> topics;
    catalogue.for_each_topic([&](const metadata::TopicPtr& topic) { topics.push_back(topic); });
    std::sort(topics.begin(), topics.end(), [](const auto& a, const auto& b) { return a->name < b->name; });
    for (const auto& topic : topics)
        describe(broker, *topic, catalogue.nodes(), response.topics.emplace_back());
    for (const auto& view : broker::all_views(catalogue))
        describe(broker, view, catalogue, response.topics.emplace_back());
}

}  // namespace

void handle_metadata(MetadataCall call) {
    const auto& request = call.request;
    const auto& advertised = call.exchange->advertised();
    const auto catalogue = call.broker().controller().catalogue();
    MetadataResponse response;
    for (auto& node : usable_nodes(call.broker(), advertised)) {
        response.brokers.push_back({node.id, std::move(node.host), node.port, std::move(node.rack)});
    }
    response.cluster_id = call.broker().cluster_id().text();
    response.controller_id = controller_node(call.broker());
    if (asks_for_all(call)) {
        describe_all(call.broker(), *catalogue, response);
    } else {
        for (const auto& wanted : *request.topics) {
            auto& reply = response.topics.emplace_back();
            if (wanted.name) {
                describe_named(call, *catalogue, std::string(*wanted.name), reply);
            } else {
                describe_identified(call.broker(), *catalogue, wanted.topic_id, reply);
            }
        }
    }
    for (auto& topic : response.topics) {
        topic.topic_authorized_operations =
            request.include_topic_authorized_operations ? topic_operations : operations_not_asked;
    }
    response.cluster_authorized_operations =
        request.include_cluster_authorized_operations ? cluster_operations : operations_not_asked;
    call.reply(response);
}

}  // namespace weir::kafka
