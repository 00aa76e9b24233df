// Producers that send again until they know, and readers that look at what they are shown.
#pragma once

#include "simulation/cluster/simulated_broker.hpp"

namespace weir::simulation {

class Clients {
  public:
    explicit Clients(World& world) : world_(world) {}

    void start();
    // Whether there are no new batches; those that are under way are still sent.
    void set_finishing(bool is_finishing) { is_finishing_ = is_finishing; }
    bool is_idle() const { return busy_.empty(); }
    // Whether every partition has had a batch acknowledged since forget().
    void forget() { written_.clear(); }
    bool has_written(const log::LogKey& key) const { return written_.contains(key); }
    bool has_read(const log::LogKey& key, Offset end) const;
    std::string state() const;

  private:
    using Stream = std::pair<ProducerId, log::LogKey>;
    struct Reader {
        Offset position{0};
        LeaderEpoch epoch = no_epoch;
    };

    void write_again();
    void write();
    void send(const Stream& stream, const ClientBatch& batch);
    void answered(const Stream& stream, const ClientBatch& batch, NodeId by, LeaderEpoch epoch,
                  const Result<void>& answer);
    void read_again();
    void read(const log::LogKey& key);
    std::optional<log::LogKey> any_partition();
    SimulatedBroker* leader_of(const log::LogKey& key);
    bool is_gone(const log::LogKey& key) const;

    World& world_;
    std::map<Stream, std::int32_t> sequences_;
    std::map<Stream, std::uint64_t> busy_;    // which attempt is the last
    std::map<Stream, std::string> refusals_;  // the last of each
    std::set<log::LogKey> written_;
    std::map<log::LogKey, Reader> readers_;
    std::uint64_t attempts_ = 0;
    bool is_finishing_ = false;
};

}  // namespace weir::simulation
