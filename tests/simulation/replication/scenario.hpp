// One run of three nodes and a controller under faults that a seed chooses.
#pragma once

#include <memory>

#include "simulation/replication/node.hpp"

namespace weir::simulation {

struct ScenarioOptions {
    std::uint64_t seed = 1;
    Planted planted = Planted::nothing;
    log::Durability durability = log::Durability::journal;
    std::int64_t faults_ms = 6000;  // how long things go wrong; then all is healed
    std::int64_t quiet_ms = 3000;
    bool traced = false;
};

class Scenario {
  public:
    explicit Scenario(const ScenarioOptions& options);
    ~Scenario();

    // Runs it all; what was found to be wrong.
    std::vector<std::string> run();
    std::size_t acknowledged() const { return checker_.acknowledged_count(); }
    int crashes() const { return crashes_; }
    // All that were eligible have started anew, so that nobody may lead: only a page cache can come to this.
    bool is_stuck() const {
        return options_.durability == log::Durability::page_cache &&
               controller_.registration().leader == replication::no_node;
    }
    int leaders() const { return controller_.registration().leader_epoch.value / 2; }

  private:
    void every_ms(std::int64_t ms, const std::function<void()>& what);
    void produce();
    void fault();
    void crash_one(test::Crash kind, bool torn);
    bool may_crash(int node) const;
    void restart_some();
    void network_fault();
    void heal();
    void check_end();
    std::string state() const;
    bool over() const { return !checker_.failures().empty(); }

    const ScenarioOptions options_;
    World world_;
    Network network_;
    Controller controller_;
    Checker checker_;
    Cluster cluster_;
    std::vector<std::unique_ptr<Node>> nodes_;
    bool faulty_ = true;
    int crashes_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace weir::simulation
