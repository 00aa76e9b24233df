// What all nodes of one run share: time, chance, the network, and what is known to be true.
#pragma once

#include <fmt/format.h>

#include <memory>

#include "consensus/raft_metadata_log.hpp"
#include "metadata/controller.hpp"
#include "rpc/frame_reader.hpp"
#include "simulation/checker.hpp"
#include "simulation/cluster/planted.hpp"
#include "simulation/history.hpp"
#include "simulation/network.hpp"

namespace weir::simulation {

class SimulatedBroker;

class World {
  public:
    World(std::uint64_t seed, Bug planted) : bug(planted), dice(seed), network(loop, dice) {}

    SimulatedBroker* node(NodeId id);
    Checker& checker(const log::LogKey& key) { return checkers_.try_emplace(key, failures_).first->second; }
    // What happens, for who follows one seed.
    template <class... Arguments>
    void note(fmt::format_string<Arguments...> text, Arguments&&... arguments) const {
        if (!is_traced) return;
        fmt::print("{:9.3f}  {}\n", static_cast<double>(loop.monotonic_us()) / 1000,
                   fmt::format(text, std::forward<Arguments>(arguments)...));
    }
    bool is_traced = false;
    void fail(std::string what) { failures_.push_back(std::move(what)); }
    bool is_over() const { return !failures_.empty() || !history.breach().empty(); }
    std::string breach() const { return failures_.empty() ? history.breach() : failures_.front(); }

    // Of the newest entry that any node has applied.
    const metadata::CataloguePtr& newest() const { return newest_; }
    void note_newest(consensus::LogIndex index, metadata::CataloguePtr catalogue) {
        if (index <= newest_at_ || !catalogue) return;
        newest_at_ = index;
        newest_ = std::move(catalogue);
    }
    consensus::LogIndex newest_at() const { return newest_at_; }
    // A frame of another node's, as it comes out of a connection.
    std::shared_ptr<rpc::Frame> frame_of(ByteView body);

  private:
    runtime::MemoryBudget budget_{std::size_t{1} << 30};
    rpc::FrameReader reader_{std::size_t{64} << 20, budget_};
    std::vector<std::string> failures_;
    std::map<log::LogKey, Checker> checkers_;
    metadata::CataloguePtr newest_;
    consensus::LogIndex newest_at_ = 0;

  public:
    const Bug bug;
    EventLoop loop;
    Dice dice;
    Network network;
    History history;
    consensus::RaftLogOptions log_options{};  // all but the directory's identity
    bool is_calm = false;                     // no more crashes of our own accord
    std::uint64_t crashes = 0;
    std::uint64_t damages = 0;  // of metadata
    std::uint64_t installs = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t duplicates = 0;
    std::vector<std::unique_ptr<SimulatedBroker>> nodes;
};

}  // namespace weir::simulation
