// DescribeLogDirs: this node's replicas and their sizes, in its one directory.
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/log_directory.hpp"

namespace weir::kafka {

namespace {

using LogDirTopic = DescribeLogDirsResponse::Topic;

void add(LogDirTopic& reply, const std::shared_ptr<broker::Partition>& partition) {
    const auto log = partition ? partition->log() : nullptr;
    if (!log) return;
    reply.partitions.push_back({.partition_index = partition->id,
                                .partition_size = static_cast<std::int64_t>(log->size_bytes()),
                                .offset_lag = std::max<std::int64_t>(log->readable_end() - log->end(), 0)});
}

void keep(DescribeLogDirsResponse::Directory& directory, LogDirTopic reply) {
    if (!reply.partitions.empty()) directory.topics.push_back(std::move(reply));
}

void list_all(broker::TopicTable& topics, DescribeLogDirsResponse::Directory& directory) {
    for (const auto& topic : topics.all()) {
        LogDirTopic reply{topic->name(), {}};
        for (const auto& partition : topic->partitions) add(reply, partition);
        keep(directory, std::move(reply));
    }
}

}  // namespace

void handle_describe_log_dirs(DescribeLogDirsCall call) {
    DescribeLogDirsResponse response;
    auto& directory = response.results.emplace_back();
    directory.log_dir = log_directory(call.broker());
    auto& topics = call.broker().topics();
    if (!call.request.topics) list_all(topics, directory);
    for (const auto& wanted : call.request.topics.value_or(std::vector<DescribeLogDirsRequest::Topic>{})) {
        const auto topic = topics.find(wanted.topic);
        if (!topic) continue;
        LogDirTopic reply{topic->name(), {}};
        for (const auto number : wanted.partitions) add(reply, topic->partition(number));
        keep(directory, std::move(reply));
    }
    call.reply(response);
}

}  // namespace weir::kafka
