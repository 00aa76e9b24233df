// How far subscriptions have come, told to the consumer groups of their names, wherever these are looked
// after.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "broker/stream/group_coordinator.hpp"
#include "cluster/peers.hpp"
#include "metadata/controller.hpp"
#include "rpc/request.hpp"

namespace weir::broker {

inline constexpr rpc::Method group_position_method{28};
inline constexpr std::uint8_t group_position_version = 1;
inline constexpr std::size_t max_told_partitions = std::size_t{1} << 18;

struct GroupPosition {
    std::string group;
    std::string topic;  // "": the subscription is gone, and its group goes
    std::map<PartitionId, Offset> offsets{};
    bool operator==(const GroupPosition&) const = default;
};
Bytes encode(const GroupPosition& position);
// Errors: corrupt, unsupported (another version).
Result<GroupPosition> decode_group_position(ByteView body);

// Nobody but tools asks for what is told: an answer that is missed is not waited for long.
class GroupPositions {
  public:
    using FindCatalogue = std::function<metadata::CataloguePtr()>;
    using Done = std::function<void(Result<void>)>;

    // `peers`: null where this node is alone. They live on the executor.
    GroupPositions(NodeId node, stream::GroupCoordinator& here, cluster::Peers* peers, Executor& executor,
                   FindCatalogue catalogue)
        : node_(node), here_(here), peers_(peers), executor_(executor), catalogue_(std::move(catalogue)) {}

    // From any thread; `done` comes on any. Errors: those of the group; not_coordinator (nobody looks after
    // it at the moment); those of a call.
    void tell(GroupPosition position, Done done);
    // As the node that looks after the group. Errors: those of the group.
    static void take(stream::GroupCoordinator& here, const GroupPosition& position, Done done);

  private:
    std::optional<NodeId> coordinator_of(const std::string& group) const;

    const NodeId node_;
    stream::GroupCoordinator& here_;
    cluster::Peers* const peers_;
    Executor& executor_;
    const FindCatalogue catalogue_;
};

}  // namespace weir::broker
