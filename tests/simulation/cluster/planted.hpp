// Mistakes of the kind that the simulator must find, made on purpose beside the real code.
#pragma once

#include "simulation/planted_bug.hpp"

namespace weir::simulation {

// What a simulated broker does wrong; what files do wrong is PlantedBug.
enum class Planted {
    none,
    early_acknowledgement,  // a batch is acknowledged when it is appended
    no_truncation,          // logs are not compared by leader epoch
    unsaved_in_sync,        // a leader's smaller in-sync set counts, though the controller never hears of it
    ignored_minimum,        // min.insync.replicas does not hold the high watermark up
    stale_proposals,        // the controller takes proposals of any epoch and start of a node, however late
    lost_producers,         // a new leader does not know what producers have sent
    lost_install,           // what another node's snapshot brings is dropped
    shown_at_election,      // a new leader shows its high watermark at once
    unseen_damage,          // damaged batches have checksums that hold
    emptied_in_place,       // a damaged log is emptied and the controller is not told
    counted_history,        // a start counts all that it finds as committed
    late_append,            // a batch for an epoch that is over is appended in today's
};

struct Bug {
    PlantedBug in_files = PlantedBug::none;
    Planted in_node = Planted::none;
    bool is_planted() const { return in_files != PlantedBug::none || in_node != Planted::none; }
};

std::optional<Bug> bug_named(const std::string& name);

}  // namespace weir::simulation
