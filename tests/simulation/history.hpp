// What the nodes say and do, held against what a consensus may do. The first breach is kept.
#pragma once

#include <map>
#include <set>
#include <string>

#include "consensus/metadata_log.hpp"

namespace weir::simulation {

class History {
  public:
    // Whether the node `who` may apply this: no other node has applied something else there, or come to
    // another state (`digest`: of it, afterwards), and it was not told to be without effect.
    void applied(NodeId who, consensus::LogPosition at, const std::string& command, std::uint64_t digest);
    void restored(NodeId who, consensus::LogPosition at, std::uint64_t digest);
    void leads(NodeId who, consensus::LogTerm term);
    void acknowledged(consensus::LogPosition at, const std::string& command);
    void refused(const std::string& command);  // nobody may ever apply it
    void check(bool holds, const std::string& what) {
        if (!holds && breach_.empty()) breach_ = what;
    }

    consensus::LogIndex last_acknowledged() const { return last_acknowledged_; }
    std::uint64_t acknowledgements() const { return acknowledgements_; }
    std::size_t elections() const { return leaders_.size(); }
    const std::string& breach() const { return breach_; }

  private:
    struct Entry {
        consensus::LogTerm term;
        std::string command;
        std::uint64_t digest;  // of the state after it
    };

    std::map<consensus::LogIndex, Entry> entries_;  // commands, as first applied by any node
    std::map<consensus::LogTerm, NodeId> leaders_;
    std::set<std::string> refused_;
    consensus::LogIndex last_acknowledged_ = 0;
    std::uint64_t acknowledgements_ = 0;
    std::string breach_;
};

}  // namespace weir::simulation
