// The controller over a real metadata log, on a file system that can be told to fail.
#include "metadata/controller.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "consensus/raft_metadata_log.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"

namespace weir::metadata {
namespace {

class MetadataControllerTest : public ::testing::Test {
  protected:
    MetadataControllerTest() {
        EXPECT_TRUE(files_.make_directories("data"));
        EXPECT_TRUE(files_.sync_directory(""));
        start();
    }

    void start(LocalSettings local = {.node = NodeId{1}, .file = {}}) {
        auto opened = MetadataController::open(std::move(local), executor_, random_,
                                               [this](auto& machine) { return open_log(machine); });
        ASSERT_TRUE(opened) << opened.error().message;
        controller_ = std::move(*opened);
    }
    void restart() {
        executor_.drop_all();
        controller_.reset();
        files_.crash(test::Crash::power_cut);
        start();
    }

    template <class Request>
    Result<typename Request::Reply> ask(Request request) {
        std::optional<Result<typename Request::Reply>> out;
        controller_->submit(std::move(request), [&](auto result) { out = std::move(result); });
        executor_.run_all();
        return *out;
    }
    void register_nodes(int count) {
        for (int i = 1; i <= count; ++i) {
            ASSERT_TRUE(ask(
                RegisterNode{{.id = NodeId{i}, .rack = "", .endpoints = {{"kafka", "localhost", 9092}}}}));
        }
    }

    test::FaultyFileSystem files_;
    test::ManualClock clock_;
    test::ManualExecutor executor_;
    SeededRandom random_{1};
    std::unique_ptr<MetadataController> controller_;

  private:
    Result<std::unique_ptr<consensus::MetadataLog>> open_log(consensus::StateMachine& machine) {
        return consensus::open_raft_log({.storage = {.directory = "data/metadata",
                                                     .identity = {random_.uuid(), NodeId{1}},
                                                     .first_members = {{.node = NodeId{1}}}}},
                                        machine, {files_, executor_, clock_, random_});
    }
};

TEST_F(MetadataControllerTest, CreatesATopicThatIsReadableWhenTheAnswerComes) {
    register_nodes(1);
    bool is_answered = false;
    controller_->submit(CreateTopic{.name = "orders", .partitions = 3}, [&](const Result<TopicPtr>& topic) {
        ASSERT_TRUE(topic);
        EXPECT_EQ((*topic)->partition_count(), 3);
        const auto now = controller_->catalogue();
        EXPECT_EQ(now->find("orders")->id, (*topic)->id);
        EXPECT_EQ(now->find((*topic)->id)->name, "orders");
        is_answered = true;
    });
    executor_.run_all();
    EXPECT_TRUE(is_answered);
}

TEST_F(MetadataControllerTest, KeepsEverythingOverARestart) {
    register_nodes(1);
    const auto id = ask(CreateTopic{.name = "orders", .partitions = 3}).value()->id;
    ASSERT_TRUE(ask(CreateTopic{.name = "gone"}));
    ASSERT_TRUE(ask(DeleteTopic{.name = "gone"}));
    EXPECT_EQ(ask(AllocateProducerIds{.count = 10}).value().first, ProducerId{0});
    const auto before = controller_->catalogue()->snapshot();
    restart();
    EXPECT_EQ(controller_->catalogue()->snapshot(), before);
    EXPECT_EQ(controller_->catalogue()->find("orders")->id, id);
    EXPECT_EQ(ask(AllocateProducerIds{.count = 10}).value().first, ProducerId{10});
}

TEST_F(MetadataControllerTest, DecidesEachRequestOnTheOutcomeOfThoseBefore) {
    register_nodes(1);
    const auto version = controller_->version();
    std::vector<bool> outcomes;
    for (int i = 0; i < 3; ++i) {
        controller_->submit(CreateTopic{.name = "same"},
                            [&](const Result<TopicPtr>& topic) { outcomes.push_back(topic.has_value()); });
        controller_->submit(CreateTopic{.name = fmt::format("other-{}", i)},
                            [&](const Result<TopicPtr>& topic) { outcomes.push_back(topic.has_value()); });
    }
    executor_.run_all();
    EXPECT_EQ(outcomes, (std::vector<bool>{true, true, false, true, false, true}));
    EXPECT_EQ(controller_->version(), version + 2);  // the first alone, all others together
}

TEST_F(MetadataControllerTest, TellsSubscribersBeforeTheAnswer) {
    register_nodes(1);
    std::vector<std::string> told;
    controller_->subscribe([&](const Published& published) {
        for (const auto& change : published.changes.topics) {
            told.push_back((change.before == nullptr ? "new " : "old ") +
                           (change.after != nullptr ? change.after->name : change.before->name));
        }
    });
    controller_->submit(CreateTopic{.name = "a"}, [&](const auto&) { told.push_back("answer"); });
    executor_.run_all();
    controller_->submit(DeleteTopic{.name = "a"}, [&](const auto&) { told.push_back("answer"); });
    executor_.run_all();
    EXPECT_EQ(told, (std::vector<std::string>{"new a", "answer", "old a", "answer"}));
}

TEST_F(MetadataControllerTest, FinishesWhatIsUnderWayWhenItStops) {
    register_nodes(1);
    std::vector<std::string> order;
    controller_->submit(CreateTopic{.name = "a"},
                        [&](const auto& r) { order.push_back(r ? "a" : "failed"); });
    controller_->submit(CreateTopic{.name = "b"},
                        [&](const auto& r) { order.push_back(r ? "b" : "failed"); });
    controller_->stop([&] { order.push_back("stopped"); });
    controller_->submit(CreateTopic{.name = "c"}, [&](const Result<TopicPtr>& r) {
        EXPECT_EQ(r.error().code, Errc::shutting_down);
        order.push_back("refused");
    });
    executor_.run_all();
    EXPECT_EQ(order, (std::vector<std::string>{"refused", "a", "b", "stopped"}));
}

TEST_F(MetadataControllerTest, ValidatesWithoutDoing) {
    register_nodes(1);
    const auto version = controller_->version();
    EXPECT_EQ(
        ask(CreateTopic{.name = "a", .partitions = 7, .validate_only = true}).value()->partition_count(), 7);
    EXPECT_EQ(ask(CreateTopic{.name = "a b", .validate_only = true}).error().code, Errc::invalid_name);
    EXPECT_EQ(controller_->catalogue()->find("a"), nullptr);
    EXPECT_EQ(controller_->version(), version);
}

TEST_F(MetadataControllerTest, RefusesChangesWhileTheDiskIsFullAndOnlyThen) {
    register_nodes(1);
    ASSERT_TRUE(ask(CreateTopic{.name = "before"}));
    const auto before = controller_->catalogue();
    files_.set_capacity(0);
    std::vector<std::string> outcomes;
    const auto keep = [&](const Result<TopicPtr>& r) {
        outcomes.emplace_back(r ? "good" : name(r.error().code));
    };
    controller_->submit(CreateTopic{.name = "a"}, keep);
    controller_->submit(CreateTopic{.name = "b"}, keep);
    controller_->submit(CreateTopic{.name = "b"}, keep);  // its own error is the truer one
    controller_->submit(CreateTopic{.name = "before"}, keep);
    executor_.run_all();
    EXPECT_EQ(outcomes,
              (std::vector<std::string>{"no_space", "no_space", "already_exists", "already_exists"}));
    EXPECT_EQ(controller_->catalogue(), before);
    files_.set_capacity(UINT64_MAX);
    EXPECT_TRUE(ask(CreateTopic{.name = "b"}));
    restart();
    EXPECT_EQ(controller_->catalogue()->topic_count(), 2u);
    EXPECT_EQ(controller_->catalogue()->find("a"), nullptr);
}

TEST_F(MetadataControllerTest, PutsAsManyRequestsIntoAnEntryAsFit) {
    register_nodes(3);
    std::size_t good = 0;
    for (int i = 0; i < 40; ++i) {  // 40 times 70 KB: more than the log takes at once
        controller_->submit(
            CreateTopic{.name = fmt::format("t{}", i), .partitions = 10'000, .replication_factor = 3},
            [&](const Result<TopicPtr>& r) { good += r ? 1 : 0; });
    }
    executor_.run_all();
    EXPECT_EQ(good, 40u);
    restart();
    EXPECT_EQ(controller_->catalogue()->partition_count(), 400'000u);
}

TEST_F(MetadataControllerTest, RunsTheTicksOfACluster) {
    const auto start_of = [](int id) { return NodeStart{NodeId{id}, BrokerEpoch{1}}; };
    for (int id = 1; id <= 3; ++id) {
        const Node node{.id = NodeId{id},
                        .incarnation = Uuid::from_random(1, static_cast<std::uint64_t>(id))};
        EXPECT_EQ(ask(RegisterNode{.node = node}).value().broker_epoch, BrokerEpoch{1});
        EXPECT_TRUE(ask(UnfenceNode{start_of(id)}).value().is_complete);
    }
    ASSERT_TRUE(ask(CreateTopic{.name = "t", .partitions = 300, .replication_factor = 3}));
    std::size_t told = 0;
    controller_->subscribe([&](const Published& published) {
        for (const auto& [before, after] : published.changes.topics)
            after->partitions->for_each_not_shared(*before->partitions, [&](PartitionId) { ++told; });
    });
    const auto version = controller_->version();
    EXPECT_TRUE(ask(ControllerTick{.lost = {start_of(2)}}).value().is_empty());
    EXPECT_EQ(controller_->version(), version + 1);
    EXPECT_EQ(told, 300u);
    EXPECT_EQ(drain_progress(*controller_->catalogue(), NodeId{2}).leading, 0u);
    EXPECT_TRUE(ask(ControllerTick{.settle = true, .drain = true}).value().is_empty());
    EXPECT_EQ(controller_->version(), version + 1);  // nothing to write
    const auto before = controller_->catalogue()->snapshot();
    restart();
    EXPECT_EQ(controller_->catalogue()->snapshot(), before);
    EXPECT_EQ(controller_->catalogue()->replicas_of(NodeId{2}).replicas, 300u);
}

TEST_F(MetadataControllerTest, IsReadByOtherThreadsWhileItChanges) {
    register_nodes(1);
    std::atomic<bool> is_done{false};
    std::thread reader{[&] {
        CatalogueReader view{*controller_};
        std::size_t seen = 0;
        while (!is_done) {
            const auto& catalogue = *view.current();
            EXPECT_GE(catalogue.topic_count(), seen);
            seen = catalogue.topic_count();
            for (std::size_t i = 0; i < seen; ++i) EXPECT_NE(catalogue.find(fmt::format("t{}", i)), nullptr);
        }
    }};
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(ask(CreateTopic{.name = fmt::format("t{}", i)}));
    is_done = true;
    reader.join();
}

}  // namespace
}  // namespace weir::metadata
