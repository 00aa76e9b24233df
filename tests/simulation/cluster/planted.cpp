// The bugs by name.
#include "simulation/cluster/planted.hpp"

namespace weir::simulation {

std::optional<Bug> bug_named(const std::string& name) {
    if (const auto in_files = planted_bug(name)) return Bug{.in_files = *in_files};
    constexpr std::pair<const char*, Planted> names[] = {
        {"early-acknowledgement", Planted::early_acknowledgement},
        {"no-truncation", Planted::no_truncation},
        {"unsaved-in-sync", Planted::unsaved_in_sync},
        {"ignored-minimum", Planted::ignored_minimum},
        {"stale-proposals", Planted::stale_proposals},
        {"lost-producers", Planted::lost_producers},
        {"lost-install", Planted::lost_install},
        {"shown-at-election", Planted::shown_at_election},
        {"unseen-damage", Planted::unseen_damage},
        {"emptied-in-place", Planted::emptied_in_place},
        {"counted-history", Planted::counted_history},
        {"late-append", Planted::late_append},
    };
    for (const auto& [known, planted] : names)
        if (name == known) return Bug{.in_node = planted};
    return std::nullopt;
}

}  // namespace weir::simulation
