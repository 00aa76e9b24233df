// Topics' partitions wherever they are led: here, or by another node, which is asked over the network.
#pragma once

#include <map>

#include "broker/topic_server.hpp"
#include "cluster/peers.hpp"
#include "metadata/controller.hpp"
#include "rpc/request.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::broker {

struct TopicLeaderOptions {
    std::int64_t retry_ms = 200;        // after a leader could not be asked, or was none
    std::int64_t patience_ms = 10'000;  // of a read that no leader answers, beyond what it waits anyway
    std::int64_t append_patience_ms = 35'000;  // longer than the leader waits for its followers
};

// A read is asked again as long as its patience lasts, of whoever leads by then; an append is not, since what
// came later must not come before it. Must outlive the executor's thread.
class TopicLeaders final : public TopicAccess {
  public:
    using FindCatalogue = std::function<metadata::CataloguePtr()>;

    // `peers`: null where this node is alone. They live on the executor.
    TopicLeaders(const TopicLeaderOptions& options, NodeId node, TopicServer& here, cluster::Peers* peers,
                 runtime::TimedExecutor& executor, const Clock& clock, FindCatalogue catalogue)
        : options_(options),
          node_(node),
          here_(here),
          peers_(peers),
          executor_(executor),
          clock_(clock),
          catalogue_(std::move(catalogue)) {}

    // Serves the other nodes, once `is_open`: what this node led before its start is history. Before the rpc
    // server opens.
    static void add_methods(rpc::Methods& methods, TopicServer& here, const std::function<bool()>& is_open);
    void read(const TopicRead& request, Read done) override;
    void append(const Uuid& topic, PartitionId partition, log::SharedSpan batch, Appended done) override;
    void set_addresses(std::shared_ptr<const metadata::Catalogue> catalogue);
    // Whatever waits is answered with shutting_down, and everything later.
    void stop();

  private:
    struct Reading {
        TopicRead request;
        Read done;
        std::int64_t give_up_ms = 0;
    };
    using ReadingPtr = std::shared_ptr<Reading>;

    Result<NodeId> leader_of(const Uuid& topic, PartitionId partition) const;
    void attempt(const ReadingPtr& reading);
    void ask(NodeId node, const ReadingPtr& reading);
    void on_answer(const ReadingPtr& reading, Result<TopicPiece> piece);
    void retry(const ReadingPtr& reading, const Error& why);

    const TopicLeaderOptions options_;
    const NodeId node_;
    TopicServer& here_;
    cluster::Peers* const peers_;
    runtime::TimedExecutor& executor_;
    const Clock& clock_;
    const FindCatalogue catalogue_;
    std::map<ReadingPtr, std::unique_ptr<runtime::Timer>> waiting_;  // to be asked again
    bool stopped_ = false;
};

}  // namespace weir::broker
