// `weir group describe`: what each partition still owes the group, and who reads it.
#include <nlohmann/json.hpp>
#include <set>

#include "app/group_command.hpp"
#include "app/terminal.hpp"
#include "client/groups.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

struct DescribeOptions : ClientOptions {
    std::vector<std::string> groups;
    bool members = false;
};

struct Description {
    client::GroupDescription group;
    client::Offsets committed, end;
    std::map<client::TopicPartition, const client::GroupMember*> readers;

    std::set<client::TopicPartition> partitions() const {
        std::set<client::TopicPartition> all;
        for (const auto& [at, offset] : committed) all.insert(at);
        for (const auto& [at, member] : readers) all.insert(at);
        return all;
    }
    // Nothing: the group has committed nothing here.
    std::optional<std::int64_t> lag(const client::TopicPartition& at) const {
        const auto done = committed.find(at);
        const auto last = end.find(at);
        if (done == committed.end() || last == end.end()) return std::nullopt;
        return std::max<std::int64_t>(0, last->second - done->second);
    }
};

std::vector<client::TopicPartition> all_partitions(const client::ClusterInfo& cluster) {
    std::vector<client::TopicPartition> all;
    for (const auto& topic : cluster.topics) {
        for (const auto& partition : topic.partitions) all.push_back({topic.name, partition.id});
    }
    return all;
}

Result<Description> describe(const client::Connection& connection, const client::ClusterInfo& cluster,
                             const std::string& name) {
    auto group = client::describe_group(connection, name);
    if (!group) return group.error();
    auto committed = client::committed_offsets(connection, name, all_partitions(cluster));
    if (!committed) return committed.error();
    if (group->state == "Dead" && committed->empty()) {
        return Error{Errc::group_not_found, fmt::format("there is no group {}", name)};
    }
    Description out{std::move(*group), std::move(*committed), {}, {}};
    for (const auto& member : out.group.members) {
        for (const auto& at : member.assignment) out.readers[at] = &member;
    }
    const auto wanted = out.partitions();
    auto end = client::list_offsets(connection, {wanted.begin(), wanted.end()}, client::latest);
    if (!end) return end.error();
    out.end = std::move(*end);
    return out;
}

std::string or_dash(const client::Offsets& offsets, const client::TopicPartition& at) {
    const auto found = offsets.find(at);
    return found == offsets.end() ? "-" : std::to_string(found->second.value);
}

nlohmann::json group_json(const Description& about) {
    auto partitions = nlohmann::json::array();
    for (const auto& at : about.partitions()) {
        nlohmann::json entry{{"topic", at.topic}, {"partition", at.partition}};
        if (about.committed.contains(at)) entry["committed"] = about.committed.at(at).value;
        if (about.end.contains(at)) entry["end"] = about.end.at(at).value;
        if (const auto lag = about.lag(at)) entry["lag"] = *lag;
        if (about.readers.contains(at)) entry["member"] = about.readers.at(at)->id;
        partitions.push_back(std::move(entry));
    }
    auto members = nlohmann::json::array();
    for (const auto& member : about.group.members) {
        auto assignment = nlohmann::json::array();
        for (const auto& at : member.assignment) {
            assignment.push_back({{"topic", at.topic}, {"partition", at.partition}});
        }
        members.push_back({{"id", member.id},
                           {"instance", member.instance_id},
                           {"client", member.client_id},
                           {"host", member.host},
                           {"assignment", std::move(assignment)}});
    }
    return {{"group", about.group.name},           {"state", about.group.state},
            {"assignor", about.group.assignor},    {"coordinator", about.group.coordinator},
            {"partitions", std::move(partitions)}, {"members", std::move(members)}};
}

void print_members(const Description& about) {
    Table table{{"MEMBER", "CLIENT", "HOST", "INSTANCE", "PARTITIONS"}};
    for (const auto& member : about.group.members) {
        std::vector<std::string> assignment;
        for (const auto& at : member.assignment) assignment.push_back(at.text());
        table.add({member.id, member.client_id, member.host,
                   member.instance_id.empty() ? "-" : member.instance_id,
                   fmt::format("{}", fmt::join(assignment, " "))});
    }
    table.print();
}

void print_partitions(const Description& about) {
    Table table{{"TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "CLIENT", "HOST"}};
    std::int64_t total = 0;
    for (const auto& at : about.partitions()) {
        const auto lag = about.lag(at);
        const auto reader = about.readers.find(at);
        const bool is_read = reader != about.readers.end();
        total += lag.value_or(0);
        table.add({at.topic, std::to_string(at.partition), or_dash(about.committed, at),
                   or_dash(about.end, at), lag ? std::to_string(*lag) : "-",
                   is_read ? reader->second->client_id : "-", is_read ? reader->second->host : "-"});
    }
    table.print();
    fmt::print("lag in all: {}\n", total);
}

void print(const Description& about, bool members) {
    fmt::print("{}  {}, {} members{}{}\n", bold(about.group.name), about.group.state,
               about.group.members.size(), about.group.assignor.empty() ? "" : ", " + about.group.assignor,
               about.group.coordinator.empty() ? "" : ", coordinator " + about.group.coordinator);
    members ? print_members(about) : print_partitions(about);
    fmt::print("\n");
}

Result<int> run_describe(const DescribeOptions& options) {
    const auto connection = connect(options);
    if (!connection) return connection.error();
    const auto cluster = client::describe_cluster(**connection);
    if (!cluster) return cluster.error();
    auto json = nlohmann::json::array();
    for (const auto& name : options.groups) {
        const auto about = describe(**connection, *cluster, name);
        if (!about) return about.error();
        if (options.json) {
            json.push_back(group_json(*about));
        } else {
            print(*about, options.members);
        }
    }
    if (options.json) fmt::print("{}\n", json.dump(2));
    return exit_success;
}

}  // namespace

void add_group_describe(CLI::App& family, Action& action) {
    auto* command =
        family.add_subcommand("describe", "Show groups' lag for each partition, or their members.");
    auto options = std::make_shared<DescribeOptions>();
    command->add_option("group", options->groups, "The groups.")->required()->type_name("GROUP");
    command->add_flag("--members", options->members, "The members instead of the partitions.");
    add_client_options(*command, options, true);
    add_examples(*command,
                 "  weir group describe billing\n"
                 "  weir group describe billing --members\n"
                 "  weir group describe billing --json | jq '[.[0].partitions[].lag] | add'");
    run_when_chosen(*command, action, std::move(options), run_describe);
}

}  // namespace weir::app
