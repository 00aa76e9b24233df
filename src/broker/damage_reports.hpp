// Tells the controller which of this node's replicas are damaged, and has those filled again that others can
// fill.
#pragma once

#include <map>
#include <memory>

#include "cluster/membership.hpp"
#include "log/log_store.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::broker {

struct DamageReportOptions {
    std::int64_t tick_ms = 100;
    // Before a replica is told of again that nobody could replace: another one may have all by then.
    std::int64_t again_ms = 5000;
    // Before one is told of again that should be filled by now: it may have been made leader meanwhile.
    std::int64_t still_damaged_ms = 30'000;
};

// On the metadata's reactor. What it is given must outlive it.
class DamageReports {
  public:
    // Asks the controller; `done` comes on the executor. Nothing: nobody knows what came of it.
    using Outcomes = std::optional<std::vector<Result<LeaderEpoch>>>;
    using Items = std::vector<metadata::DamagedReplicas::Item>;
    using Ask = std::function<void(Items, std::function<void(const Outcomes&)> done)>;
    // The replica is counted out from that leader epoch on.
    using Refill = std::function<void(const log::LogKey&, LeaderEpoch)>;

    // For log lines.
    using NameOf = std::function<std::string(const log::LogKey&)>;

    DamageReports(const DamageReportOptions& options, log::LogStore& store, runtime::TimedExecutor& executor,
                  Clock& clock, Ask ask, Refill refill, NameOf name_of)
        : options_(options),
          store_(store),
          executor_(executor),
          clock_(clock),
          ask_(std::move(ask)),
          refill_(std::move(refill)),
          name_of_(std::move(name_of)) {}

    // The replicas have their roles, and the catalogue has this start of the node.
    void start();
    void stop();
    // Whether the controller has heard of all there are.
    bool has_told_all() const;

  private:
    void tick();
    void forget_mended(const std::vector<log::DamagedLog>& damaged);
    void tell(const std::vector<log::DamagedLog>& damaged);
    void on_outcomes(const std::vector<log::DamagedLog>& asked, const Outcomes& outcomes);
    void on_outcome(const log::DamagedLog& damaged, const Result<LeaderEpoch>& outcome);

    const DamageReportOptions options_;
    log::LogStore& store_;
    runtime::TimedExecutor& executor_;
    Clock& clock_;
    const Ask ask_;
    const Refill refill_;
    const NameOf name_of_;
    std::map<log::DamagedLog, std::int64_t> told_;  // when to tell of them again
    std::unique_ptr<runtime::Timer> timer_;
    bool is_asking_ = false;
    std::shared_ptr<DamageReports*> alive_ = std::make_shared<DamageReports*>(this);
};

// "partition 3 of topic 'orders'".
std::string partition_name(const metadata::Catalogue& catalogue, const log::LogKey& key);

// Asks whoever leads the metadata; as DamageReports::Ask.
void report_damage(cluster::Membership& membership, metadata::NodeStart self, DamageReports::Items items,
                   std::function<void(const DamageReports::Outcomes&)> done);

}  // namespace weir::broker
