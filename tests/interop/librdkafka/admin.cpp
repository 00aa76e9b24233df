// The administrative operations of the librdkafka agent.
#include "librdkafka/client.hpp"

namespace agent {
namespace {

constexpr int limit_ms = 60'000;
constexpr size_t reason_size = 512;

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroyer<rd_kafka_metadata_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using DeleteTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, Destroyer<rd_kafka_DeleteTopic_destroy>>;
using NewPartitions = std::unique_ptr<rd_kafka_NewPartitions_t, Destroyer<rd_kafka_NewPartitions_destroy>>;
using DeleteRecords = std::unique_ptr<rd_kafka_DeleteRecords_t, Destroyer<rd_kafka_DeleteRecords_destroy>>;
using DeleteGroup = std::unique_ptr<rd_kafka_DeleteGroup_t, Destroyer<rd_kafka_DeleteGroup_destroy>>;
using ConfigResource = std::unique_ptr<rd_kafka_ConfigResource_t, Destroyer<rd_kafka_ConfigResource_destroy>>;
using ListOffsets = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                    Destroyer<rd_kafka_ListConsumerGroupOffsets_destroy>>;

std::string text_of(const Json& request, const char* field) {
    return request.at(field).get<std::string>();
}

void check_topics(const rd_kafka_topic_result_t** topics, size_t count) {
    for (size_t i = 0; i < count; ++i) check(rd_kafka_topic_result_error(topics[i]));
}

void check_resources(const rd_kafka_ConfigResource_t** resources, size_t count) {
    for (size_t i = 0; i < count; ++i) check(rd_kafka_ConfigResource_error(resources[i]));
}

void check_groups(const rd_kafka_group_result_t** groups, size_t count) {
    for (size_t i = 0; i < count; ++i) check(rd_kafka_group_result_error(groups[i]));
}

ConfigResource topic_resource(const std::string& topic) {
    return ConfigResource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
}

}  // namespace

Admin::Admin(const std::string& address)
    : client_(make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", address}})),
      queue_(rd_kafka_queue_new(client_.get())) {}

Event Admin::wait() {
    Event event(rd_kafka_queue_poll(queue_.get(), limit_ms));
    if (!event) throw ClientError(RD_KAFKA_RESP_ERR__TIMED_OUT, "no answer to an admin request");
    check(rd_kafka_event_error(event.get()));
    return event;
}

void Admin::create_topic(const Json& request) {
    std::string reason(reason_size, '\0');
    const std::string topic = text_of(request, "topic");
    NewTopic wanted(
        rd_kafka_NewTopic_new(topic.c_str(), request.at("partitions"), 1, reason.data(), reason.size()));
    if (!wanted) throw ClientError(RD_KAFKA_RESP_ERR__INVALID_ARG, reason);
    for (const auto& [key, value] : request.at("configs").items()) {
        check(rd_kafka_NewTopic_set_config(wanted.get(), key.c_str(), value.get<std::string>().c_str()));
    }
    rd_kafka_NewTopic_t* list = wanted.get();
    rd_kafka_CreateTopics(client_.get(), &list, 1, nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    check_topics(rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count),
                 count);
}

void Admin::delete_topic(const Json& request) {
    DeleteTopic wanted(rd_kafka_DeleteTopic_new(text_of(request, "topic").c_str()));
    rd_kafka_DeleteTopic_t* list = wanted.get();
    rd_kafka_DeleteTopics(client_.get(), &list, 1, nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    check_topics(rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count),
                 count);
}

Json Admin::list_topics() {
    const rd_kafka_metadata_t* found = nullptr;
    check(rd_kafka_metadata(client_.get(), 1, nullptr, &found, limit_ms));
    const Metadata metadata(found);
    Json names = Json::array();
    for (int i = 0; i < metadata->topic_cnt; ++i) names.push_back(metadata->topics[i].topic);
    return names;
}

Json Admin::describe_topic(const Json& request) {
    const rd_kafka_metadata_t* found = nullptr;
    check(rd_kafka_metadata(client_.get(), 1, nullptr, &found, limit_ms));
    const Metadata metadata(found);
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        if (metadata->topics[i].topic == text_of(request, "topic")) return metadata->topics[i].partition_cnt;
    }
    throw ClientError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "no such topic in the metadata");
}

void Admin::add_partitions(const Json& request) {
    std::string reason(reason_size, '\0');
    const std::string topic = text_of(request, "topic");
    NewPartitions wanted(
        rd_kafka_NewPartitions_new(topic.c_str(), request.at("total"), reason.data(), reason.size()));
    if (!wanted) throw ClientError(RD_KAFKA_RESP_ERR__INVALID_ARG, reason);
    rd_kafka_NewPartitions_t* list = wanted.get();
    rd_kafka_CreatePartitions(client_.get(), &list, 1, nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    const auto* result = rd_kafka_event_CreatePartitions_result(event.get());
    check_topics(rd_kafka_CreatePartitions_result_topics(result, &count), count);
}

Json Admin::describe_config(const Json& request) {
    const ConfigResource resource = topic_resource(text_of(request, "topic"));
    rd_kafka_ConfigResource_t* list = resource.get();
    rd_kafka_DescribeConfigs(client_.get(), &list, 1, nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    check_resources(resources, count);
    const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    for (size_t i = 0; i < count; ++i) {
        if (rd_kafka_ConfigEntry_name(entries[i]) == text_of(request, "key")) {
            return rd_kafka_ConfigEntry_value(entries[i]);
        }
    }
    return nullptr;
}

void Admin::alter_config(const Json& request) {
    const ConfigResource resource = topic_resource(text_of(request, "topic"));
    const std::string key = text_of(request, "key");
    const std::string value = text_of(request, "value");
    check(rd_kafka_ConfigResource_set_config(resource.get(), key.c_str(), value.c_str()));
    rd_kafka_ConfigResource_t* list = resource.get();
    rd_kafka_AlterConfigs(client_.get(), &list, 1, nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    const auto* result = rd_kafka_event_AlterConfigs_result(event.get());
    check_resources(rd_kafka_AlterConfigs_result_resources(result, &count), count);
}

Json Admin::list_offset(const Json& request) {
    const std::string topic = text_of(request, "topic");
    const int64_t timestamp = request.at("timestamp");
    if (timestamp < 0) {
        int64_t low = 0;
        int64_t high = 0;
        const int partition = request.at("partition");
        check(
            rd_kafka_query_watermark_offsets(client_.get(), topic.c_str(), partition, &low, &high, limit_ms));
        return timestamp == -1 ? high : low;
    }
    const PartitionList list = one_partition(topic, request.at("partition"), timestamp);
    check(rd_kafka_offsets_for_times(client_.get(), list.get(), limit_ms));
    check(list->elems[0].err);
    return list->elems[0].offset;
}

void Admin::delete_records(const Json& request) {
    const PartitionList list =
        one_partition(text_of(request, "topic"), request.at("partition"), request.at("offset"));
    DeleteRecords wanted(rd_kafka_DeleteRecords_new(list.get()));
    rd_kafka_DeleteRecords_t* pointer = wanted.get();
    rd_kafka_DeleteRecords(client_.get(), &pointer, 1, nullptr, queue_.get());
    const Event event = wait();
    const auto* result = rd_kafka_event_DeleteRecords_result(event.get());
    check(rd_kafka_DeleteRecords_result_offsets(result)->elems[0].err);
}

Json Admin::list_groups() {
    rd_kafka_ListConsumerGroups(client_.get(), nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    const auto* result = rd_kafka_event_ListConsumerGroups_result(event.get());
    const auto** groups = rd_kafka_ListConsumerGroups_result_valid(result, &count);
    Json names = Json::array();
    for (size_t i = 0; i < count; ++i) names.push_back(rd_kafka_ConsumerGroupListing_group_id(groups[i]));
    return names;
}

Json Admin::describe_group(const Json& request) {
    const std::string group = text_of(request, "group");
    const char* name = group.c_str();
    rd_kafka_DescribeConsumerGroups(client_.get(), &name, 1, nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    const auto* result = rd_kafka_event_DescribeConsumerGroups_result(event.get());
    const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
    check(rd_kafka_ConsumerGroupDescription_error(groups[0]));
    const auto state = rd_kafka_ConsumerGroupDescription_state(groups[0]);
    return {{"state", rd_kafka_consumer_group_state_name(state)},
            {"members", rd_kafka_ConsumerGroupDescription_member_count(groups[0])}};
}

void Admin::delete_group(const Json& request) {
    DeleteGroup wanted(rd_kafka_DeleteGroup_new(text_of(request, "group").c_str()));
    rd_kafka_DeleteGroup_t* list = wanted.get();
    rd_kafka_DeleteGroups(client_.get(), &list, 1, nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    check_groups(rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event.get()), &count),
                 count);
}

Json Admin::committed(const Json& request) {
    ListOffsets wanted(rd_kafka_ListConsumerGroupOffsets_new(text_of(request, "group").c_str(), nullptr));
    rd_kafka_ListConsumerGroupOffsets_t* list = wanted.get();
    rd_kafka_ListConsumerGroupOffsets(client_.get(), &list, 1, nullptr, queue_.get());
    const Event event = wait();
    size_t count = 0;
    const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(event.get());
    const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count);
    check_groups(groups, count);
    const auto* partitions = rd_kafka_group_result_partitions(groups[0]);
    Json offsets = Json::object();
    for (int i = 0; i < partitions->cnt; ++i) {
        const auto& entry = partitions->elems[i];
        if (entry.topic == text_of(request, "topic")) offsets[std::to_string(entry.partition)] = entry.offset;
    }
    return offsets;
}

}  // namespace agent
