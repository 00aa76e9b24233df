// ElectLeaders: the preferred replicas, or whoever is left, as operators ask for it.
#include "broker/broker.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

constexpr std::int8_t preferred_election = 0;
constexpr std::int8_t unclean_election = 1;

metadata::ElectLeaders to_command(const ElectLeadersRequest& request) {
    using Kind = metadata::ElectLeaders::Kind;
    metadata::ElectLeaders command{.kind = request.election_type == unclean_election ? Kind::unclean
                                                                                     : Kind::preferred};
    if (!request.topic_partitions) return command;
    command.partitions.emplace();
    for (const auto& topic : *request.topic_partitions) {
        for (const auto partition : topic.partitions)
            command.partitions->push_back({std::string{topic.topic}, partition});
    }
    return command;
}

void add(ElectLeadersResponse& response, const metadata::TopicPartition& at, const Result<void>& result) {
    auto& topics = response.replica_election_results;
    if (topics.empty() || topics.back().topic != at.topic) topics.push_back({at.topic, {}});
    auto& reply = topics.back().partition_result.emplace_back();
    reply.partition_id = at.partition;
    if (!result) set_error(reply, result.error());
}

}  // namespace

void handle_elect_leaders(ElectLeadersCall call) {
    const auto type = call.request.election_type;
    if (type != preferred_election && type != unclean_election) {
        ElectLeadersResponse response;
        response.error_code = ErrorCode::invalid_request;
        return call.reply(response);
    }
    auto command = to_command(call.request);
    auto& broker = call.broker();
    broker.change(
        command, [call = std::move(call), command](const Result<metadata::ElectLeaders::Reply>& reply) {
            ElectLeadersResponse response;
            if (reply) {
                for (const auto& outcome : reply->outcomes) add(response, outcome.partition, outcome.result);
                return call.reply_from_anywhere(std::move(response));
            }
            // Version 0 has errors of partitions only.
            for (const auto& at : command.partitions.value_or(std::vector<metadata::TopicPartition>{}))
                add(response, at, reply.error());
            response.error_code = whole_error(reply.error());
            call.reply_from_anywhere(std::move(response));
        });
}

}  // namespace weir::kafka
