// DescribeQuorum: the nodes that keep the metadata log, told under the name of Kafka's metadata topic.
#include "broker/broker.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

constexpr std::string_view metadata_topic = "__cluster_metadata";

using QuorumResponse = DescribeQuorumResponse;

QuorumResponse::Replica describe(const metadata::QuorumMember& member, const metadata::Catalogue& catalogue) {
    QuorumResponse::Replica reply{.replica_id = member.node};
    if (const auto* node = catalogue.node(member.node)) reply.replica_directory_id = node->incarnation;
    if (member.matched) reply.log_end_offset = Offset{static_cast<std::int64_t>(*member.matched)};
    return reply;
}

QuorumResponse::Partition describe(const metadata::Quorum& quorum, const metadata::Catalogue& catalogue) {
    QuorumResponse::Partition reply;
    reply.leader_id = quorum.leader.value_or(NodeId{-1});
    reply.leader_epoch = static_cast<std::int32_t>(quorum.term);
    reply.high_watermark = Offset{static_cast<std::int64_t>(quorum.applied)};
    for (const auto& member : quorum.members) {
        auto& list = member.is_voter ? reply.current_voters : reply.observers;
        list.push_back(describe(member, catalogue));
    }
    return reply;
}

// Java's client takes no other names of listeners.
std::string upper_case(std::string name) {
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

void add_nodes(QuorumResponse& response, const metadata::Quorum& quorum,
               const metadata::Catalogue& catalogue) {
    for (const auto& member : quorum.members) {
        const auto* node = catalogue.node(member.node);
        if (node == nullptr) continue;
        auto& reply = response.nodes.emplace_back();
        reply.node_id = member.node;
        for (const auto& endpoint : node->endpoints)
            reply.listeners.push_back({upper_case(endpoint.listener), endpoint.host, endpoint.port});
    }
}

QuorumResponse answer(const DescribeQuorumRequest& request, const metadata::Quorum& quorum,
                      const metadata::Catalogue& catalogue) {
    QuorumResponse response;
    for (const auto& topic : request.topics) {
        auto& topic_reply = response.topics.emplace_back();
        topic_reply.topic_name = topic.topic_name;
        for (const auto& wanted : topic.partitions) {
            auto& reply = topic_reply.partitions.emplace_back();
            if (topic.topic_name == metadata_topic && wanted.partition_index == PartitionId{0})
                reply = describe(quorum, catalogue);
            else
                reply.error_code = ErrorCode::unknown_topic_or_partition;
            reply.partition_index = wanted.partition_index;
        }
    }
    add_nodes(response, quorum, catalogue);
    return response;
}

}  // namespace

void handle_describe_quorum(DescribeQuorumCall call) {
    auto& broker = call.broker();
    broker.describe_quorum([call = std::move(call)](const Result<metadata::Quorum>& quorum) {
        QuorumResponse response;
        if (quorum) {
            response = answer(call.request, *quorum, *call.broker().controller().catalogue());
        } else {
            set_error(response, quorum.error());
        }
        call.reply_from_anywhere(std::move(response));
    });
}

}  // namespace weir::kafka
