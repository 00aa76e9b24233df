// A group of metadata logs in one process, on a clock and an executor that a test turns by hand.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "base/log_line.hpp"
#include "base/random.hpp"
#include "consensus/message_format.hpp"
#include "consensus/raft_metadata_log.hpp"
#include "consensus/test_machine.hpp"
#include "support/faulty_file_system.hpp"
#include "support/flag_timer.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"

namespace weir::consensus {

class TestGroup : public ::testing::Test {
  protected:
    struct Node : Transport {
        TestGroup& group;
        NodeId id;
        test::FaultyFileSystem files;
        TestMachine machine;
        std::unique_ptr<MetadataLog> log;

        Node(TestGroup& all, NodeId number) : group(all), id(number) {}
        void send(NodeId to, const std::string& address, Bytes message) override {
            EXPECT_EQ(address, group.address(to));
            if (group.is_cut_off(id) || group.is_cut_off(to)) return;
            ++group.sent_;
            group.executor_.post([this, to, message = std::move(message)] {
                const auto receiver = group.nodes_.find(to);
                if (receiver != group.nodes_.end() && receiver->second->log)
                    EXPECT_TRUE(receiver->second->log->receive(id, message));
            });
        }
    };
    struct Alarm {
        std::int64_t at_ms;
        std::shared_ptr<bool> is_set;
        std::function<void()> task;
    };

    void TearDown() override {
        for (auto& [id, node] : nodes_) node->log.reset();
    }

    std::string address(NodeId id) const { return fmt::format("host-{}:9094", id.value); }
    bool is_cut_off(NodeId id) const { return cut_off_ == id; }
    Member member(int id) const { return {.node = NodeId{id}, .address = address(NodeId{id})}; }

    Node& start(int number, std::vector<Member> first_members) {
        const NodeId id{number};
        auto& node = nodes_[id];
        if (!node) {
            node = std::make_unique<Node>(*this, id);
            EXPECT_TRUE(node->files.make_directories("data") && node->files.sync_directory(""));
        }
        node->log.reset();
        node->machine = {};
        auto opened = open_raft_log(
            {.storage = {.directory = "data/m",
                         .identity = {Uuid::from_random(1, 2), id},
                         .first_members = std::move(first_members)},
             .snapshot_every_bytes = 2000,
             .trailing_entries = 3},
            node->machine,
            {.files = node->files,
             .executor = executor_,
             .clock = clock_,
             .random = random_,
             .transport = node.get(),
             .run_after = [this](auto delay_ms, auto task) { return run_after(delay_ms, std::move(task)); }});
        EXPECT_TRUE(opened);
        node->log = std::move(*opened);
        return *node;
    }
    std::unique_ptr<runtime::Timer> run_after(std::int64_t delay_ms, std::function<void()> task) {
        auto is_set = std::make_shared<bool>(true);
        alarms_.push_back({clock_.monotonic_ms() + delay_ms, is_set, std::move(task)});
        return std::make_unique<test::FlagTimer>(std::move(is_set));
    }
    void run_ms(int duration) {
        for (int ms = 0; ms < duration; ++ms) {
            executor_.run_all();
            clock_.advance_ms(1);
            for (auto& alarm : std::exchange(alarms_, {})) {
                if (!*alarm.is_set) continue;
                if (alarm.at_ms > clock_.monotonic_ms()) {
                    alarms_.push_back(std::move(alarm));
                } else {
                    alarm.task();
                }
            }
        }
    }
    // Lets time pass until one leads that all that are not cut off agree on.
    Node& leader() {
        for (int i = 0; i < 1000; ++i) {
            run_ms(10);
            for (auto& [id, node] : nodes_)
                if (!is_cut_off(id) && node->log && node->log->role() == Role::leader) return *node;
        }
        ADD_FAILURE() << "no leader";
        return *nodes_.begin()->second;
    }
    std::string ask(Node& node, std::string_view text) {
        std::string outcome = "none";
        const auto bytes = as_bytes(text);
        node.log->propose({bytes.begin(), bytes.end()}, [&](const Result<LogPosition>& at) {
            outcome = at ? "good" : std::string{name(at.error().code)};
        });
        for (int i = 0; i < 500 && outcome == "none"; ++i) run_ms(10);
        return outcome;
    }
    template <class Call>
    std::string change(Call call) {
        std::string outcome = "none";
        call([&](const Result<void>& done) {
            outcome = done ? "good" : std::string{name(done.error().code)};
        });
        for (int i = 0; i < 1000 && outcome == "none"; ++i) run_ms(10);
        return outcome;
    }
    std::vector<Member> three() const { return {member(0), member(1), member(2)}; }
    void start_three() {
        for (int i = 0; i < 3; ++i) start(i, three());
    }
    void expect_all_alike() {
        run_ms(500);
        for (const auto& [id, node] : nodes_)
            EXPECT_EQ(node->machine.text, nodes_.begin()->second->machine.text) << "node " << id.value;
    }

    std::map<NodeId, std::unique_ptr<Node>> nodes_;
    test::ManualExecutor executor_;
    test::ManualClock clock_;
    SeededRandom random_{1};
    std::vector<Alarm> alarms_;
    std::optional<NodeId> cut_off_;
    int sent_ = 0;  // messages
};

}  // namespace weir::consensus
