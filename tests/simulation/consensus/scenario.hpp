// One run of the simulator: a group, writers, faults, then peace, in which everything must come right.
#pragma once

#include <string>
#include <vector>

#include "simulation/consensus/simulated_node.hpp"
#include "simulation/run_seeds.hpp"

namespace weir::simulation {

struct ScenarioOptions {
    std::uint64_t seed = 1;
    PlantedBug bug = PlantedBug::none;
    std::int64_t troubled_ms = 6'000;  // of virtual time
};

struct Done {
    std::uint64_t group_changes = 0;
    std::uint64_t transfers = 0;
    std::uint64_t refusals_for_space = 0;
};

class Scenario {
  public:
    explicit Scenario(const ScenarioOptions& options);
    Outcome run();

  private:
    void add_node(NodeId id, std::vector<consensus::Member> first_members);
    SimulatedNode* leader();
    bool is_over() const { return !history_.breach().empty(); }

    void write_again();
    void write(SimulatedNode& node);
    void trouble_again();
    void trouble();
    void crash_one();
    void damage_one();
    bool may_be_damaged(SimulatedNode& node);
    bool has_all() const;
    void cut_network();
    void cut_off(NodeId victim, std::int64_t kind);
    void tell_end_of(NodeId id);
    void mislead(SimulatedNode& node);
    void change_group();
    void grow_group(SimulatedNode& leader);
    void make_peace();
    bool has_come_right();
    void expect_come_right();
    std::string state();

    ScenarioOptions options_;
    Dice dice_;
    EventLoop loop_;
    History history_;
    Network network_;
    World world_;
    Done counts_;
    std::vector<std::unique_ptr<SimulatedNode>> nodes_;
    std::uint64_t commands_ = 0;
    std::int64_t group_asked_us_ = 0;
    bool is_calm_ = false;
    bool is_done_ = false;  // the last write has been acknowledged
};

}  // namespace weir::simulation
