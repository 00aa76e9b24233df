// One run of a whole cluster: clients, faults and operators, then peace, in which everything must come right.
#pragma once

#include "simulation/cluster/clients.hpp"
#include "simulation/run_seeds.hpp"

namespace weir::simulation {

struct ScenarioOptions {
    std::uint64_t seed = 1;
    Bug bug{};
    std::int64_t troubled_ms = 5'000;  // of virtual time
    bool is_traced = false;
};

class Scenario {
  public:
    explicit Scenario(const ScenarioOptions& options);
    Outcome run();

  private:
    void add_node(std::vector<consensus::Member> first_members, std::optional<NodeId> first_leader);
    SimulatedBroker* leader();
    template <class Request>
    void ask(Request request);
    template <class Request, class Done>
    void ask(Request request, Done done);
    void count(bool is_done) { changes_ += is_done ? 1 : 0; }

    void trouble_again();
    void trouble();
    // Faults.
    void crash_some();
    void crash_all();
    void cut_network();
    void cut_off(NodeId victim, std::int64_t kind);
    void mislead(SimulatedBroker& node);
    void fill_disk();
    void jump_clock();
    void damage();
    bool damage_store();
    void damage_metadata();
    bool may_lose_metadata(SimulatedBroker& node);
    bool has_all_metadata() const;
    bool is_spare(NodeId node);
    bool is_mended();
    bool is_mended(SimulatedBroker& node, const log::LogKey& key);
    bool is_moving(const metadata::Topic& topic, const metadata::Partition& partition) const;
    // What operators do (scenario_operators.cpp).
    void operate();
    void create_topic();
    void delete_topic();
    void alter_topic();
    void reassign();
    void elect();
    void drain();
    void change_group();
    void join();
    void remove();
    void retire_removed();

    void make_peace();
    void keep_peace();
    void help_joining();
    bool has_come_right();
    bool is_all_written(const metadata::Catalogue& catalogue) const;
    std::string places_of(const log::LogKey& key);
    std::string what_is_wrong();
    std::string what_is_wrong(const metadata::Topic& topic, PartitionId number);
    std::string what_is_wrong(SimulatedBroker& node, const log::LogKey& key, log::PartitionLog& leading);
    void check_end();
    metadata::TopicPtr any_topic();

    const ScenarioOptions options_;
    World world_;
    Clients clients_;
    struct Damaged {
        NodeId node;
        std::vector<log::LogKey> logs;
        bool is_store = false;  // all that the node had
    };
    std::optional<Damaged> damaged_;  // one at a time: what only the damaged one has would be lost
    std::map<Uuid, std::int64_t> reassign_asked_us_;   // by topic: it may be on its way yet
    std::optional<std::int64_t> group_asked_us_;       // likewise, of the metadata's group
    std::optional<std::int64_t> partitions_asked_us_;  // likewise, of a topic, or more of its partitions
    std::set<std::string> topics_;                     // made, and not deleted as far as is known
    std::uint64_t topic_count_ = 0;
    std::uint64_t changes_ = 0;
};

}  // namespace weir::simulation
