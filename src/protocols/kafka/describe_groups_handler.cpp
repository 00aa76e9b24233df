// DescribeGroups: state, members and assignments.
#include "broker/broker.hpp"
#include "protocols/kafka/authorized_operations.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

void fill(DescribeGroupsResponse::Group& part, stream::DescribeReply&& reply) {
    // Up to version 5 a group that is not there is a dead one, without an error.
    if (reply.error && reply.error->code != Errc::group_not_found)
        part.error_code = error_code(reply.error->code);
    part.group_state = stream::name(reply.state);
    part.protocol_type = std::move(reply.protocol_type);
    part.protocol_data = std::move(reply.protocol);
    for (auto& member : reply.members) {
        part.members.push_back({.member_id = std::move(member.member_id),
                                .group_instance_id = std::move(member.instance_id),
                                .client_id = std::move(member.client_id),
                                .client_host = std::move(member.client_host),
                                .member_metadata = std::move(member.metadata),
                                .member_assignment = std::move(member.assignment)});
    }
}

}  // namespace

void handle_describe_groups(DescribeGroupsCall call) {
    const auto gathered = std::make_shared<GatheredReply<DescribeGroupsCall>>(std::move(call));
    const auto& asked = gathered->call.request;
    gathered->response.groups.resize(asked.groups.size());
    for (std::size_t i = 0; i < asked.groups.size(); ++i) {
        auto& part = gathered->response.groups[i];
        part.group_id = asked.groups[i];
        if (asked.include_authorized_operations) part.authorized_operations = group_operations;
        gathered->expect();
        gathered->call.broker().groups().ask<stream::DescribeRequest>(
            {.group = std::string(asked.groups[i])}, [gathered, &part](stream::DescribeReply reply) {
                fill(part, std::move(reply));
                gathered->done();
            });
    }
    gathered->done();
}

}  // namespace weir::kafka
