// The broker of one node: opens the catalogue and the logs, and keeps the topics' logs in step with the
// catalogue.
#pragma once

#include <condition_variable>
#include <thread>

#include "base/assert.hpp"
#include "broker/broker.hpp"
#include "broker/damage_reports.hpp"
#include "broker/local_topics.hpp"
#include "broker/queue_links.hpp"
#include "broker/queue_server.hpp"
#include "broker/queues.hpp"
#include "broker/reply_addresses.hpp"
#include "broker/topic_leaders.hpp"
#include "cluster/node.hpp"
#include "cluster/status_messages.hpp"
#include "consensus/identity.hpp"

namespace weir::broker {

class NodeBroker final : public Broker, private log::CommitListener {
  public:
    NodeBroker(BrokerOptions options, runtime::ReactorPool& pool, runtime::FileSystem& files, Clock& clock,
               Random& random);
    ~NodeBroker() override;

    Result<void> open();

    Clock& clock() override { return clock_; }
    runtime::ReactorPool& reactors() override { return pool_; }
    TopicTable& topics() override { return topics_; }
    CommitHub& commits() override { return hub_; }
    TopicAccess& topic_access() override { return *topic_leaders_; }
    metadata::MetadataController& controller() override { return *controller_; }
    ProducerIds& producer_ids() override { return *producer_ids_; }
    stream::GroupCoordinator& groups() override { return *groups_; }
    bool serves_queues() const override { return queues_ != nullptr; }
    Queues& queues() override {
        ASSERT(queues_ != nullptr);
        return *queues_;
    }
    ReplyAddresses& replies() override {
        ASSERT(replies_ != nullptr);
        return *replies_;
    }
    Result<void> prepare_queues() override;
    NodeId node() const override { return node_; }
    const Uuid& cluster_id() const override { return cluster_id_; }
    const std::string& data_directory() const override { return options_.store.directory; }
    void announce(std::vector<metadata::Endpoint> endpoints) override;
    bool is_usable() const override;
    bool is_suspect(NodeId node) const override;
    void leave() override;
    bool has_left() const override { return has_left_.load(); }
    void create_missing_topic(const std::string& name) override;
    void change_any(metadata::AnyRequest request,
                    std::function<void(Result<metadata::AnyReply>)> done) override;
    void describe_quorum(std::function<void(Result<metadata::Quorum>)> done) override;
    Result<void> stop() override;

  private:
    // How a node comes by its catalogue (node_catalogue.cpp).
    Result<void> open_catalogue();
    Error with_advice(const Error& error) const;
    std::string listed_address() const;
    Result<void> open_controller(const std::string& directory, const consensus::Identity& identity);
    Result<consensus::Identity> identify(const std::string& directory);
    Result<void> introduce(consensus::Identity& identity);
    rpc::LocalNode local_node(const consensus::Identity& identity) const;
    Result<void> open_topics();
    Result<void> register_alone();
    Result<void> create_topic_once(const std::string& name);
    metadata::CreateTopic new_topic(const std::string& name) const;
    metadata::CreateTopic new_queues_topic() const;
    std::int32_t replicas_for(std::int32_t wanted) const;
    void allocate_producer_ids(std::function<void(ProducerIds::Block)> done);
    void on_registered(BrokerEpoch epoch);
    void follow_node(const metadata::CataloguePtr& catalogue);
    cluster::NodeDamage damage_here() const;
    cluster::ReplicaSizes replica_sizes(const std::vector<cluster::PartitionKey>& keys) const;
    void open_replicas(const rpc::LocalNode& self, rpc::Methods& methods);
    void open_damage_reports();

    void open_groups();
    void follow_groups(const Topic* before, const Topic& now);
    void open_queues();
    void open_topic_leaders();
    void open_queue_links(const rpc::LocalNode& self, rpc::Methods& methods);
    std::shared_ptr<queue::QueueLeader> remote_queues(PartitionId partition) const;
    void forward_reply(NodeId node, const std::string& address, const ReplyAddresses::MessagePtr& message);
    void release_lost_nodes(const metadata::Published& published);
    void follow_queues(const Topic* before, const Topic& now);
    void look_after_queues(const metadata::Published& published);
    void drop_transients_of(NodeId node);
    void on_commit(const log::Commit& commit) override;
    void on_published(const metadata::Published& published);
    Result<void> put_topic(const metadata::TopicPtr& info);
    void put_again_later();
    void keep_house();

    BrokerOptions options_;
    runtime::ReactorPool& pool_;
    runtime::FileSystem& files_;
    Clock& clock_;
    Random& random_;
    NodeId node_;
    Uuid cluster_id_;
    CommitHub hub_;
    TopicTable topics_;
    runtime::ReactorPool metadata_thread_{1};
    std::optional<cluster::NodeAddress> first_leader_;  // of the cluster that this node joins
    std::unique_ptr<cluster::Node> cluster_;            // null: alone
    runtime::ReactorPool replication_thread_{1};
    std::unique_ptr<runtime::MemoryBudget> replication_memory_;
    std::unique_ptr<runtime::ReactorExecutor> replication_executor_;
    std::unique_ptr<cluster::Links> replication_links_;
    std::unique_ptr<Replicas> replicas_;                           // null: alone
    std::atomic<Replicas*> replicas_told_{nullptr};                // replicas_, once it is there
    std::unique_ptr<runtime::ReactorExecutor> metadata_executor_;  // null: alone
    std::unique_ptr<DamageReports> damage_reports_;                // null: alone
    std::atomic<BrokerEpoch> broker_epoch_{BrokerEpoch{-1}};
    std::unique_ptr<metadata::MetadataController> controller_;
    // Where this start stands: the catalogue has its registration (and the logs of topics that were deleted
    // before are gone), and then the others count on it.
    enum class Standing { starting, registered, usable };
    std::atomic<Standing> standing_{Standing::starting};
    std::atomic<bool> has_left_{false};
    std::unique_ptr<ProducerIds> producer_ids_;
    std::vector<std::unique_ptr<runtime::ReactorExecutor>> group_executors_;
    std::unique_ptr<stream::GroupCoordinator> groups_;
    std::atomic<stream::GroupCoordinator*> told_of_commits_{nullptr};  // groups_, once it is there
    std::unique_ptr<TopicServer> topic_server_;
    std::unique_ptr<cluster::Links> topic_peers_;  // null: alone
    std::unique_ptr<TopicLeaders> topic_leaders_;
    std::unique_ptr<GroupPositions> group_positions_;
    std::unique_ptr<Queues> queues_;               // null: not served
    std::unique_ptr<ReplyAddresses> replies_;      // likewise
    std::atomic<std::size_t> forwarded_bytes_{0};  // of replies, on their way
    bool is_growing_queues_ = false;
    runtime::ReactorPool queue_thread_{1};
    std::unique_ptr<runtime::MemoryBudget> queue_memory_;
    std::unique_ptr<runtime::ReactorExecutor> queue_executor_;
    std::unique_ptr<cluster::Links> queue_peers_;
    std::unique_ptr<QueueLinks> queue_links_;  // to the queues of other nodes; null: alone
    std::unique_ptr<QueueServer> queue_server_;
    std::atomic<queue::QueueShards*> shards_told_{nullptr};
    std::unique_ptr<log::LogStore> store_;
    std::unique_ptr<LocalTopics> local_topics_;
    std::unique_ptr<runtime::Timer> retry_timer_;  // of the metadata's reactor

    std::mutex house_mutex_;
    std::condition_variable house_changed_;
    bool stopping_ = false;
    std::thread housekeeper_;
};

}  // namespace weir::broker
