// The topics' partitions that this node leads, read and appended to by whoever asks here.
#pragma once

#include <mutex>
#include <set>

#include "broker/commit_hub.hpp"
#include "broker/topic_access.hpp"
#include "broker/topic_table.hpp"

namespace weir::broker {

// Whether the leader knows as much to be committed as an earlier one may have told of (KIP-207).
bool may_tell_end(const Partition& partition, const log::PartitionLog& log);

// Works on the reactor that a partition's number gives. Must outlive the reactors' threads.
class TopicServer final : public TopicAccess {
  public:
    TopicServer(TopicTable& topics, CommitHub& commits, runtime::ReactorPool& reactors, Clock& clock)
        : topics_(topics), commits_(commits), reactors_(reactors), clock_(clock) {}
    ~TopicServer() override;

    // not_leader also while what this leader knows to be committed may be less than what another one has
    // told, and where there is no such topic: whoever asks may know of it earlier.
    void read(const TopicRead& request, Read done) override;
    void append(const Uuid& topic, PartitionId partition, log::SharedSpan batch, Appended done) override;

  private:
    class Waiting;
    struct Led {
        std::shared_ptr<const Topic> topic;
        std::shared_ptr<Partition> partition;
        std::shared_ptr<log::PartitionLog> log;
    };
    Result<Led> find(const Uuid& topic, PartitionId partition) const;
    runtime::Reactor& reactor_of(PartitionId partition) const;
    Result<TopicPiece> read_now(const TopicRead& request) const;
    void wait(const TopicRead& request, const TopicPiece& piece, Read done);
    void forget(const std::shared_ptr<Waiting>& waiting);

    TopicTable& topics_;
    CommitHub& commits_;
    runtime::ReactorPool& reactors_;
    Clock& clock_;
    std::mutex mutex_;  // guards what follows
    std::set<std::shared_ptr<Waiting>> waiting_;
};

}  // namespace weir::broker
