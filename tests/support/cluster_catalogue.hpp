// A cluster's catalogue for tests: requests are decided, go through the bytes of an entry, and are applied.
#pragma once

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "metadata/cluster_requests.hpp"

namespace weir::test {

inline metadata::NodeList node_list(std::initializer_list<int> ids) {
    metadata::NodeList out;
    for (const int id : ids) out.push_back(NodeId{id});
    return out;
}

class ClusterCatalogue {
  public:
    metadata::Catalogue now{{.node = NodeId{1}}};

    template <class Request>
    Result<typename Request::Reply> ask(const Request& request) {
        auto decision = decide(now, request);
        if (!decision) {
            EXPECT_FALSE(decision.error().message.empty());
            return decision.error();
        }
        const auto bytes = encode_entry(decision->commands);
        EXPECT_LE(bytes.size(), std::size_t{1} << 20);
        last_entry_bytes = bytes.size();
        const auto commands = metadata::decode_entry(bytes);
        EXPECT_TRUE(commands && *commands == decision->commands);
        for (const auto& command : decision->commands) {
            const auto applied = now.apply(command);
            EXPECT_TRUE(applied) << (applied ? "" : applied.error().message);
        }
        return std::move(decision->reply);
    }
    // The error's name, or "good".
    template <class Request>
    std::string outcome(const Request& request) {
        const auto reply = ask(request);
        return reply ? "good" : std::string{name(reply.error().code)};
    }

    // Nodes, by number. A data directory's incarnation follows from the node's.
    static metadata::Node node(int id, std::string rack = "") {
        return {.id = NodeId{id},
                .rack = std::move(rack),
                .endpoints = {},
                .incarnation = Uuid::from_random(7, static_cast<std::uint64_t>(id))};
    }
    metadata::NodeStart start_of(int id) const { return {NodeId{id}, now.node(NodeId{id})->broker_epoch}; }
    std::string start(int id, bool is_clean = false, std::string rack = "") {
        return outcome(metadata::RegisterNode{.node = node(id, std::move(rack)), .is_clean = is_clean});
    }
    std::string unfence(int id) { return outcome(metadata::UnfenceNode{start_of(id)}); }
    std::string fence(int id) { return outcome(metadata::FenceNode{start_of(id)}); }
    void join(int id, std::string rack = "") {
        EXPECT_EQ(start(id, false, std::move(rack)), "good");
        EXPECT_EQ(unfence(id), "good");
    }
    void join_all(int count) {
        for (int i = 1; i <= count; ++i) join(i);
    }

    std::string create(metadata::CreateTopic request) {
        request.id = random_.uuid();
        return outcome(request);
    }
    // A topic of one partition on these nodes; in the page cache, where more can be lost.
    void create_on(const std::string& name, std::initializer_list<int> nodes, int min_insync = 1,
                   const std::string& durability = "page-cache") {
        metadata::CreateTopic request{.name = name, .assignment = {node_list(nodes)}};
        request.overrides["min.insync.replicas"] = std::to_string(min_insync);
        request.overrides["weir.durability"] = durability;
        EXPECT_EQ(create(request), "good");
    }
    const metadata::Partition& partition(const std::string& topic, int number = 0) const {
        return *now.find(topic)->partition(PartitionId{number});
    }

    // What the leader of a topic's partition proposes, with the epochs that hold.
    metadata::AlterPartitions proposal(const std::string& topic, std::initializer_list<int> in_sync,
                                       int number = 0) const {
        const auto& at = partition(topic, number);
        metadata::AlterPartitions::Item item{.topic = now.find(topic)->id,
                                             .partition = PartitionId{number},
                                             .leader_epoch = at.leader_epoch,
                                             .partition_epoch = at.partition_epoch};
        for (const int id : in_sync) item.in_sync.push_back(start_of(id));
        return {.leader = start_of(at.leader.value), .items = {item}};
    }
    // The outcome of the only item.
    std::string propose(const metadata::AlterPartitions& request) {
        const auto reply = ask(request);
        if (!reply) return std::string{name(reply.error().code)};
        return reply->outcomes[0] ? "good" : std::string{name(reply->outcomes[0].error().code)};
    }
    std::string set_in_sync(const std::string& topic, std::initializer_list<int> in_sync) {
        return propose(proposal(topic, in_sync));
    }

    std::size_t last_entry_bytes = 0;

  private:
    SeededRandom random_{1};
};

}  // namespace weir::test
