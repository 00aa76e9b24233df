// Another node's partition, asked over the network: whoever leads it by then, and no batch twice.
#include "broker/topic_leaders.hpp"

#include "broker/topic_wire.hpp"
#include "support/batch_builder.hpp"
#include "support/cluster_catalogue.hpp"
#include "support/manual_clock.hpp"
#include "support/test_peers.hpp"

namespace weir::broker {
namespace {

constexpr NodeId self{3};

class TopicLeadersTest : public testing::Test {
  protected:
    using TestAnswer = test::TestNetwork::Answer;
    TopicLeadersTest() {
        catalogue_.join_all(3);
        catalogue_.create_on("t", {1, 2});
        EXPECT_EQ(catalogue_.set_in_sync("t", {1, 2}), "good");
        for (const NodeId node : {NodeId{1}, NodeId{2}}) {
            network_.serve(
                node, {.call =
                           [this, node](rpc::Method method, NodeId, ByteView body, const TestAnswer& answer) {
                               asked_.push_back(node);
                               answer(method == topic_read_method ? on_read(node, body) : on_append(body));
                           },
                       .message = {}});
        }
    }
    ~TopicLeadersTest() override { executor_.drop_all(); }

    // The piece's log start tells who has answered.
    Result<Bytes> on_read(NodeId node, ByteView body) const {
        if (refusal_) return *refusal_;
        EXPECT_TRUE(decode_topic_read(body));
        return encode(TopicPiece{.log_start = Offset{node.value}, .end = Offset{9}, .from = Offset{9}});
    }
    Result<Bytes> on_append(ByteView body) {
        const auto append = decode_topic_append(body).value();
        appended_.emplace_back(body.begin() + static_cast<std::ptrdiff_t>(append.batch_at), body.end());
        if (refusal_) return *refusal_;
        return Bytes{};
    }
    metadata::CataloguePtr now() const { return std::make_shared<const metadata::Catalogue>(catalogue_.now); }
    Uuid topic() const { return catalogue_.now.find("t")->id; }

    using Outcome = std::shared_ptr<std::optional<Result<TopicPiece>>>;
    Outcome read(const Uuid& topic, std::int64_t wait_ms = 0) {
        auto outcome = std::make_shared<std::optional<Result<TopicPiece>>>();
        leaders_.read({.topic = topic, .partition = {}, .from = Offset{9}, .wait_ms = wait_ms},
                      [outcome](auto piece) { *outcome = std::move(piece); });
        executor_.run_all();
        return outcome;
    }
    void pass(std::int64_t time_ms) {
        clock_.advance_ms(time_ms);
        executor_.run_all();
    }

    test::ManualClock clock_;
    test::ManualTimedExecutor executor_{clock_};
    test::TestNetwork network_{executor_};
    test::TestPeers peers_{self, network_};
    test::ClusterCatalogue catalogue_;
    runtime::ReactorPool pool_{1};
    CommitHub hub_{pool_};
    TopicTable topics_;
    TopicServer here_{topics_, hub_, pool_, clock_};
    TopicLeaders leaders_{{}, self, here_, &peers_, executor_, clock_, [this] { return now(); }};
    std::optional<Error> refusal_;
    std::vector<NodeId> asked_;
    std::vector<Bytes> appended_;
};

TEST_F(TopicLeadersTest, AReadGoesToTheLeader) {
    const auto piece = read(topic());
    ASSERT_TRUE(*piece && **piece);
    EXPECT_EQ((**piece)->log_start, Offset{1});
    EXPECT_EQ((**piece)->end, Offset{9});
    EXPECT_EQ(asked_, std::vector{NodeId{1}});
}

TEST_F(TopicLeadersTest, WhereTheLeaderIsLostTheNextOneAnswers) {
    network_.cut_off(NodeId{1});
    const auto piece = read(topic());
    EXPECT_FALSE(*piece);
    EXPECT_EQ(catalogue_.fence(1), "good");
    pass(200);
    ASSERT_TRUE(*piece && **piece);
    EXPECT_EQ((**piece)->log_start, Offset{2});
}

TEST_F(TopicLeadersTest, ARefusalIsAskedAgainAsLongAsPatienceLasts) {
    refusal_ = Error{Errc::not_leader, "not yet"};
    const auto first = read(topic());
    pass(200);
    EXPECT_FALSE(*first);
    EXPECT_EQ(asked_.size(), 2u);
    refusal_.reset();
    pass(200);
    ASSERT_TRUE(*first && **first);
    refusal_ = Error{Errc::not_leader, "not yet"};
    const auto second = read(topic());
    for (int i = 0; i < 60; ++i) pass(200);
    ASSERT_TRUE(*second);
    EXPECT_EQ((*second)->error().code, Errc::not_leader);
}

TEST_F(TopicLeadersTest, WhoHasNoPatienceIsToldAtOnce) {
    refusal_ = Error{Errc::not_leader, "not yet"};
    const auto piece = read(topic(), -1);
    ASSERT_TRUE(*piece);
    EXPECT_EQ((*piece)->error().code, Errc::not_leader);
    EXPECT_EQ(asked_.size(), 1u);
}

TEST_F(TopicLeadersTest, OtherErrorsAreAnswers) {
    const auto gone = read(Uuid::from_random(5, 5));
    ASSERT_TRUE(*gone);
    EXPECT_EQ((*gone)->error().code, Errc::not_found);
    refusal_ = Error{Errc::io_error, "damaged"};
    const auto damaged = read(topic());
    ASSERT_TRUE(*damaged);
    EXPECT_EQ((*damaged)->error().code, Errc::io_error);
    EXPECT_EQ(asked_.size(), 1u);
}

TEST_F(TopicLeadersTest, AnAppendIsAskedOnce) {
    const Bytes batch{1, 2, 3};
    std::vector<Result<void>> outcomes;
    const auto append = [&] {
        leaders_.append(topic(), PartitionId{0}, test::shared(batch),
                        [&](const Result<void>& result) { outcomes.push_back(result); });
        pass(1000);
    };
    append();
    refusal_ = Error{Errc::not_leader, "no longer"};
    append();
    ASSERT_EQ(outcomes.size(), 2u);
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().code, Errc::not_leader);
    EXPECT_EQ(appended_, (std::vector<Bytes>{batch, batch}));
}

TEST_F(TopicLeadersTest, WhoeverWaitsIsToldOfTheEnd) {
    refusal_ = Error{Errc::not_leader, "not yet"};
    const auto waiting = read(topic());
    leaders_.stop();
    executor_.run_all();
    ASSERT_TRUE(*waiting);
    EXPECT_EQ((*waiting)->error().code, Errc::shutting_down);
    const auto later = read(topic());
    ASSERT_TRUE(*later);
    EXPECT_EQ((*later)->error().code, Errc::shutting_down);
}

}  // namespace
}  // namespace weir::broker
