// A broker of the simulation: the real catalogue, consensus, membership, replication and log of one process,
// over a disk, threads, clocks and connections that are simulated.
#pragma once

#include <list>

#include "broker/commit_hub.hpp"
#include "broker/damage_reports.hpp"
#include "broker/local_topics.hpp"
#include "broker/publish.hpp"
#include "cluster/membership.hpp"
#include "simulation/cluster/simulated_peers.hpp"
#include "simulation/simulated_executor.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::simulation {

// Wall time of its own, that jumps.
class NodeClock : public Clock {
  public:
    explicit NodeClock(EventLoop& loop) : loop_(loop) {}
    std::int64_t wall_ms() const override { return 1'700'000'000'000 + loop_.wall_ms() + ahead_ms_; }
    std::int64_t monotonic_us() const override { return loop_.monotonic_us(); }
    void set_ahead(std::int64_t ms) { ahead_ms_ = ms; }

  private:
    EventLoop& loop_;
    std::int64_t ahead_ms_ = 0;
};

// What an idempotent producer sends.
struct ClientBatch {
    std::string topic;
    PartitionId partition;
    ProducerId producer;
    std::int32_t sequence = 0;
    std::int32_t records = 1;
    std::size_t bytes = 0;
};

// The answer to another node's call: bytes, and ranges of files that are read when it is sent.
using TakenCall = std::function<void(const Result<replication::OutgoingReply>&)>;

// What a reader of one partition is told.
struct ClientView {
    LeaderEpoch epoch;
    std::optional<Offset> end;  // the high watermark, where the leader is sure of it
    Bytes batches;
};

class SimulatedBroker : private consensus::StateMachine, private log::CommitListener {
  public:
    // `first_members`: none for a node that joins the cluster that `first_leader` is of.
    SimulatedBroker(World& world, NodeId id, std::vector<consensus::Member> first_members,
                    std::optional<NodeId> first_leader);
    ~SimulatedBroker() override { end(); }

    void start();
    void crash(test::Crash kind);
    void crash_soon();  // at one of the next calls that change a file
    void end_here();    // nothing that the running task still does has an effect
    void retire();      // for good
    // Whom a node that joins asks first; it starts anew.
    void join_by(NodeId leader);
    std::optional<NodeId> first_leader() const { return first_leader_; }
    void set_slow_disk(bool is_slow);
    void set_disk_full(bool is_full);
    NodeClock& clock() { return clock_; }
    SimulatedPeers& metadata_peers() { return metadata_peers_; }
    void checkpoint();
    // Ends, and starts again with one of the log's files damaged (simulated_damage.cpp): one that has
    // committed batches only, which other in-sync replicas have. False: there is none.
    bool damage(const log::LogKey& key);
    // The same with the journal or the checkpoint, which all logs need. The logs that it has.
    std::vector<log::LogKey> damage_store();
    // The same with a file of the metadata, which the others have. Until has_metadata() it may be recovering.
    void damage_metadata();
    bool has_metadata();
    // Whether it knows these to be the members of the metadata's group.
    bool has_noted(const std::vector<consensus::Member>& members);

    NodeId id() const { return id_; }
    bool is_retired() const { return is_retired_; }
    // Its store is damaged, and the cluster does not know that yet.
    bool is_harmed() const { return is_harmed_; }
    bool is_up() const { return membership_ != nullptr; }
    // Whether the process is over, though its code still runs to the end of the task.
    bool is_dead() const { return is_doomed_ || files_.stopped(); }
    std::uint64_t life() const { return life_; }
    bool leads() { return is_up() && !is_dead() && log().role() == consensus::Role::leader; }
    consensus::MetadataLog& log() { return controller_->log(); }
    metadata::MetadataController& controller() { return *controller_; }
    metadata::CataloguePtr catalogue() { return controller_->catalogue(); }
    std::shared_ptr<broker::Partition> partition(const log::LogKey& key);
    std::shared_ptr<log::PartitionLog> partition_log(const log::LogKey& key);
    SimulatedExecutor& executor(int channel) {
        return channel == metadata_channel ? metadata_thread_ : replication_thread_;
    }
    // Runs `what` as a task of the metadata thread, unless the node is down.
    void call(std::function<void()> what);

    void take_message(NodeId from, Bytes message);
    void take_call(int channel, NodeId from, rpc::Method method, Bytes body, const TakenCall& answer);

    // As a door does it. `done` is called when it is decided, unless the process ends before.
    using Answered = std::function<void(const Result<void>&)>;
    void produce(const ClientBatch& batch, Answered done);
    // Errors: not_leader (also of an epoch that the reader knows to be over), and the log's.
    Result<ClientView> read(const log::LogKey& key, Offset from, LeaderEpoch known);

  private:
    // A batch whose answer waits for its commit, and for other replicas.
    struct Waiting {
        std::shared_ptr<log::PartitionLog> log;
        std::shared_ptr<broker::Partition> place;
        Offset base, next;
        broker::TicketRange commits;
        Answered done;
    };

    bool open();
    bool open_store();
    bool open_catalogue();
    void open_membership();
    void open_replicas();
    void end();
    void restart_later();
    void after_task();
    void follow(const metadata::Published& published);
    void put(const metadata::TopicPtr& info);
    void take_office(const broker::Topic* before, const broker::Topic& now);
    void tidy(const metadata::Catalogue& catalogue);
    void count_history(const broker::Topic& topic);
    void put_again_later();
    void checkpoint_again();
    void scrub_again(std::int64_t pause_us);
    void open_damage_reports();
    std::vector<std::string> committed_segments(const log::PartitionLog& log) const;
    std::vector<std::string> store_files();
    void harm(const std::string& path);
    bool is_recovering();
    void vote_early(NodeId from, const Bytes& message);
    void harm_unseen(const std::string& path);
    void alter(broker::ReplicasSeams::Proposals proposals,
               std::function<void(broker::ReplicasSeams::Outcomes)> done);
    bool count_unsaved(const broker::ReplicasSeams::Proposals& proposals);
    void handle(NodeId from, rpc::Method method, const Bytes& body, const TakenCall& answer);
    void take_late(NodeId from, Bytes body, const TakenCall& answer);
    Bytes with_new_epochs(Bytes body);

    void publish(const std::shared_ptr<const broker::Topic>& topic, const ClientBatch& batch, Answered done);
    void append_late(const log::LogKey& key, const broker::Partition& place,
                     const std::shared_ptr<Bytes>& bytes);
    Bytes bytes_of(const ClientBatch& batch, const log::LogKey& key, LeaderEpoch epoch);
    void commit_soon();
    void answer_clients();
    bool answer(const Waiting& waiting);
    // Whether the log can be looked at: the first reading after a start repairs files, and may be the end.
    bool is_readable(log::PartitionLog& log, Offset from);
    void acknowledge(const Waiting& waiting);
    void check_replicas(const std::vector<std::shared_ptr<log::PartitionLog>>& logs);

    void on_commit(const log::Commit& commit) override;
    Result<void> apply(consensus::LogPosition at, ByteView command) override;
    Bytes snapshot() override { return machine_->snapshot(); }
    Result<void> restore(consensus::LogPosition at, ByteView snapshot) override;
    void on_leadership(const consensus::Leadership& now) override;
    std::uint64_t digest();

    World& world_;
    const NodeId id_;
    const std::vector<consensus::Member> first_members_;
    std::optional<NodeId> first_leader_;
    NodeClock clock_;
    test::FaultyFileSystem files_;
    std::unique_ptr<runtime::FileSystem> seen_files_;
    SimulatedExecutor metadata_thread_, replication_thread_;
    SimulatedPeers metadata_peers_, replication_peers_;

    std::unique_ptr<log::LogStore> store_;
    broker::TopicTable topics_;
    consensus::StateMachine* machine_ = nullptr;  // the controller's
    std::unique_ptr<metadata::MetadataController> controller_;
    std::unique_ptr<broker::Replicas> replicas_;
    std::unique_ptr<broker::LocalTopics> local_topics_;
    std::unique_ptr<broker::DamageReports> damage_reports_;
    std::unique_ptr<cluster::Membership> membership_;
    BrokerEpoch broker_epoch_{-1};
    bool has_tidied_ = false;  // its catalogue is up to date
    bool is_usable_ = false;   // as Broker::is_usable

    std::list<Waiting> waiting_;
    broker::Failures failures_;
    log::Ticket committed_ = 0;
    bool commit_due_ = false;
    std::int64_t sync_us_ = 1000;
    std::map<log::LogKey, Offset> checked_;  // each log against what is committed
    std::set<std::tuple<log::LogKey, LeaderEpoch, ProducerId>> known_producers_;  // of a planted bug
    bool is_harmed_ =
        false;  // the journal may lack its end, which is not found: until the cluster knows of the start
    bool is_metadata_harmed_ = false;
    std::map<consensus::LogTerm, NodeId> early_votes_;  // of a planted bug
    bool is_doomed_ = false;
    bool is_retired_ = false;
    std::uint64_t life_ = 0;  // counts starts and ends
};

}  // namespace weir::simulation
