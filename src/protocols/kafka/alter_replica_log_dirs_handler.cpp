// AlterReplicaLogDirs: a node has one directory, so that a replica is in it or can't be moved there.
#include <map>

#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/log_directory.hpp"

namespace weir::kafka {

namespace {

using Place = std::pair<std::string_view, PartitionId>;

// Where each partition is to go. One that is named twice goes where it is named last, as in Kafka.
std::map<Place, std::string_view> destinations(const AlterReplicaLogDirsRequest& request) {
    std::map<Place, std::string_view> paths;
    for (const auto& directory : request.dirs) {
        for (const auto& topic : directory.topics) {
            for (const auto number : topic.partitions) paths[{topic.name, number}] = directory.path;
        }
    }
    return paths;
}

ErrorCode place_replica(broker::Broker& broker, const Place& place) {
    const auto topic = broker.topics().find(place.first);
    const auto partition = topic ? topic->partition(place.second) : nullptr;
    if (!partition) return ErrorCode::unknown_topic_or_partition;
    return partition->log() ? ErrorCode::none : ErrorCode::replica_not_available;
}

}  // namespace

void handle_alter_replica_log_dirs(AlterReplicaLogDirsCall call) {
    AlterReplicaLogDirsResponse response;
    const auto here = log_directory(call.broker());
    for (const auto& [place, path] : destinations(call.request)) {
        if (response.results.empty() || response.results.back().topic_name != place.first)
            response.results.push_back({std::string(place.first), {}});
        const auto error = path == here ? place_replica(call.broker(), place) : ErrorCode::log_dir_not_found;
        response.results.back().partitions.push_back({place.second, error});
    }
    call.reply(response);
}

}  // namespace weir::kafka
