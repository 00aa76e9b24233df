// Consumer groups through librdkafka's admin calls.
#include "client/groups.hpp"

#include "client/kafka_error.hpp"
#include "client/partition_list.hpp"

namespace weir::client {

namespace {

using OffsetsQuery = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                     Destroyer<rd_kafka_ListConsumerGroupOffsets_destroy>>;
using OffsetsChange = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                                      Destroyer<rd_kafka_AlterConsumerGroupOffsets_destroy>>;
using GroupHandle = std::unique_ptr<rd_kafka_DeleteGroup_t, Destroyer<rd_kafka_DeleteGroup_destroy>>;

std::string text_or_empty(const char* text) {
    return text ? text : "";
}

Error group_error(const rd_kafka_error_t* error, const std::string& what) {
    return kafka_error(rd_kafka_error_code(error), what, rd_kafka_error_string(error));
}

GroupMember member_info(const rd_kafka_MemberDescription_t* from) {
    GroupMember member{text_or_empty(rd_kafka_MemberDescription_consumer_id(from)),
                       text_or_empty(rd_kafka_MemberDescription_group_instance_id(from)),
                       text_or_empty(rd_kafka_MemberDescription_client_id(from)),
                       text_or_empty(rd_kafka_MemberDescription_host(from)),
                       {}};
    const auto* assignment = rd_kafka_MemberDescription_assignment(from);
    const auto* partitions = assignment ? rd_kafka_MemberAssignment_partitions(assignment) : nullptr;
    for (int i = 0; partitions && i < partitions->cnt; ++i) {
        member.assignment.push_back({partitions->elems[i].topic, partitions->elems[i].partition});
    }
    std::sort(member.assignment.begin(), member.assignment.end());
    return member;
}

// The one group of a call's results, or its error.
Result<const rd_kafka_topic_partition_list_t*> only_group(const rd_kafka_group_result_t** groups,
                                                          std::size_t count, const std::string& what) {
    if (count == 0) return Error{Errc::internal, what + ": the broker sent no answer for it"};
    if (const auto* error = rd_kafka_group_result_error(groups[0])) return group_error(error, what);
    return rd_kafka_group_result_partitions(groups[0]);
}

}  // namespace

Result<std::vector<GroupListing>> list_groups(const Connection& connection) {
    const std::string what = "can't list the groups";
    const auto event = admin_call(
        connection, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, what,
        [&](auto* options, auto* queue) { rd_kafka_ListConsumerGroups(connection.get(), options, queue); });
    if (!event) return event.error();
    const auto* result = rd_kafka_event_ListConsumerGroups_result(event->get());
    std::size_t count = 0;
    const auto** errors = rd_kafka_ListConsumerGroups_result_errors(result, &count);
    if (count > 0) return group_error(errors[0], what);
    const auto** listings = rd_kafka_ListConsumerGroups_result_valid(result, &count);
    std::vector<GroupListing> groups;
    for (std::size_t i = 0; i < count; ++i) {
        groups.push_back(
            {rd_kafka_ConsumerGroupListing_group_id(listings[i]),
             rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(listings[i]))});
    }
    std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return groups;
}

Result<GroupDescription> describe_group(const Connection& connection, const std::string& group) {
    const auto what = fmt::format("can't describe group {}", group);
    const char* names[] = {group.c_str()};
    const auto event = admin_call(
        connection, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, what, [&](auto* options, auto* queue) {
            rd_kafka_DescribeConsumerGroups(connection.get(), names, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_DescribeConsumerGroups_result(event->get());
    const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
    if (count == 0) return Error{Errc::internal, what + ": the broker sent no answer for it"};
    if (const auto* error = rd_kafka_ConsumerGroupDescription_error(groups[0]))
        return group_error(error, what);
    GroupDescription description{
        group,
        rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(groups[0])),
        text_or_empty(rd_kafka_ConsumerGroupDescription_partition_assignor(groups[0])),
        {},
        {}};
    if (const auto* node = rd_kafka_ConsumerGroupDescription_coordinator(groups[0])) {
        description.coordinator = fmt::format("{}:{}", rd_kafka_Node_host(node), rd_kafka_Node_port(node));
    }
    for (std::size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(groups[0]); ++i) {
        description.members.push_back(member_info(rd_kafka_ConsumerGroupDescription_member(groups[0], i)));
    }
    return description;
}

Result<Offsets> committed_offsets(const Connection& connection, const std::string& group,
                                  const std::vector<TopicPartition>& partitions) {
    const auto what = fmt::format("can't read the offsets of group {}", group);
    if (partitions.empty()) return Offsets{};
    const auto list = make_partition_list(partitions, RD_KAFKA_OFFSET_INVALID);
    const OffsetsQuery query{rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get())};
    auto* raw = query.get();
    const auto event = admin_call(
        connection, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, what, [&](auto* options, auto* queue) {
            rd_kafka_ListConsumerGroupOffsets(connection.get(), &raw, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(event->get());
    const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count);
    const auto found = only_group(groups, count, what);
    if (!found) return found.error();
    Offsets offsets;
    for (int i = 0; *found && i < (*found)->cnt; ++i) {
        const auto& entry = (*found)->elems[i];
        if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(entry.err, what);
        if (entry.offset >= 0) offsets[{entry.topic, entry.partition}] = Offset{entry.offset};
    }
    return offsets;
}

Result<void> change_committed_offsets(const Connection& connection, const std::string& group,
                                      const Offsets& offsets) {
    const auto what = fmt::format("can't change the offsets of group {}", group);
    const auto list = make_partition_list(offsets);
    const OffsetsChange change{rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get())};
    auto* raw = change.get();
    const auto event = admin_call(
        connection, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, what, [&](auto* options, auto* queue) {
            rd_kafka_AlterConsumerGroupOffsets(connection.get(), &raw, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_AlterConsumerGroupOffsets_result(event->get());
    const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count);
    const auto changed = only_group(groups, count, what);
    if (!changed) return changed.error();
    for (int i = 0; *changed && i < (*changed)->cnt; ++i) {
        const auto code = (*changed)->elems[i].err;
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID) {  // what a broker says while the group has members
            return Error{Errc::group_not_empty, what + ": it has members; stop them first"};
        }
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(code, what);
    }
    return {};
}

Result<void> delete_group(const Connection& connection, const std::string& group) {
    const auto what = fmt::format("can't delete group {}", group);
    const GroupHandle handle{rd_kafka_DeleteGroup_new(group.c_str())};
    auto* raw = handle.get();
    const auto event =
        admin_call(connection, RD_KAFKA_ADMIN_OP_DELETEGROUPS, what, [&](auto* options, auto* queue) {
            rd_kafka_DeleteGroups(connection.get(), &raw, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_DeleteGroups_result(event->get());
    const auto deleted = only_group(rd_kafka_DeleteGroups_result_groups(result, &count), count, what);
    if (!deleted) return deleted.error();
    return {};
}

}  // namespace weir::client
