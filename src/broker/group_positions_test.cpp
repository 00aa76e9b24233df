// A subscription's position goes to whoever looks after its group.
#include "broker/group_positions.hpp"

#include "support/cluster_catalogue.hpp"
#include "support/golden.hpp"
#include "support/manual_clock.hpp"
#include "support/test_peers.hpp"

namespace weir::broker {
namespace {

GroupPosition position() {
    return {"workers", "orders", {{PartitionId{0}, Offset{300}}, {PartitionId{2}, Offset{7}}}};
}

TEST(GroupPositionWire, IsWhatItWasAndNothingCutIsTaken) {
    const auto bytes = encode(position());
    EXPECT_EQ(test::to_hex(bytes), test::to_hex(test::golden("topic/position")));
    EXPECT_EQ(decode_group_position(bytes).value(), position());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(decode_group_position(ByteView{bytes}.first(size)).error().code, Errc::corrupt) << size;
    auto other = bytes;
    other[0] = 9;
    EXPECT_EQ(decode_group_position(other).error().code, Errc::unsupported);
}

class GroupPositionsTest : public testing::Test {
  protected:
    GroupPositionsTest() {
        catalogue_.join_all(2);
        network_.serve(NodeId{2}, {.call =
                                       [this](rpc::Method method, NodeId, ByteView body,
                                              const test::TestNetwork::Answer& answer) {
                                           EXPECT_EQ(method, group_position_method);
                                           told_.push_back(decode_group_position(body).value());
                                           answer(Bytes{});
                                       },
                                   .message = {}});
    }
    ~GroupPositionsTest() override { executor_.drop_all(); }
    std::optional<Errc> tell() {
        std::optional<Errc> outcome;
        positions_.tell(position(), [&](const Result<void>& result) {
            outcome = result ? Errc::internal : result.error().code;
        });
        executor_.run_all();
        return outcome;
    }

    test::ManualClock clock_;
    test::ManualTimedExecutor executor_{clock_};
    test::TestNetwork network_{executor_};
    test::TestPeers peers_{NodeId{1}, network_};
    test::ClusterCatalogue catalogue_;
    stream::GroupCoordinator groups_{{}, clock_, [] { return std::string{"x"}; }};
    GroupPositions positions_{NodeId{1}, groups_, &peers_, executor_,
                              [this] { return std::make_shared<const metadata::Catalogue>(catalogue_.now); }};
    std::vector<GroupPosition> told_;
};

TEST_F(GroupPositionsTest, GoesToTheGroupsCoordinator) {
    EXPECT_EQ(tell(), Errc::not_coordinator) << "there are no groups yet";
    catalogue_.create_on(std::string{stream::offsets_topic}, {2});
    EXPECT_EQ(tell(), Errc::internal);
    EXPECT_EQ(told_, std::vector{position()});
    network_.cut_off(NodeId{2});
    EXPECT_EQ(tell(), Errc::unavailable);
}

}  // namespace
}  // namespace weir::broker
