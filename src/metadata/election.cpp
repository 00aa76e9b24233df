// One pass over a partition: in-sync set, reassignment, eligible replicas, leader, epochs.
#include "metadata/election.hpp"

namespace weir::metadata {

namespace {

class Settling {
  public:
    Settling(const Partition& before, Partition& next, const ElectionRules& rules)
        : before_(before), next_(next), rules_(rules) {}

    void run() {
        next_.in_sync = kept(next_.replicas, [&](NodeId node) {
            return contains(next_.in_sync, node) && rules_.is_live(node) && node != rules_.damaged;
        });
        next_.last_known = kept(next_.replicas, [&](NodeId node) {
            return contains(next_.last_known, node) && node != rules_.damaged;
        });
        find_candidates();
        if (next_.in_sync.empty()) elect_eligible();
        if (next_.in_sync.empty() && rules_.allows_unclean_leader) elect_unclean();
        finish_reassignment();
        keep_eligible();
        choose_leader();
    }

  private:
    std::size_t least() const { return min_in_sync(next_, rules_.min_insync_replicas); }

    // Done once the new replicas are in sync and the old ones are not needed for the minimum.
    void finish_reassignment() {
        if (!next_.is_reassigning()) return;
        const auto is_in_sync = [&](NodeId node) { return contains(next_.in_sync, node); };
        auto staying = kept(next_.target, is_in_sync);
        Partition after = next_;
        after.replicas = next_.target;
        after.adding.clear();
        if (!std::ranges::all_of(next_.adding, is_in_sync)) return;
        if (staying.size() < min_in_sync(after, rules_.min_insync_replicas)) return;
        next_ = std::move(after);
        next_.target.clear();
        next_.in_sync = std::move(staying);
    }

    // Those that leave the in-sync set or were eligible; the untrusted among them only if nobody else is
    // left.
    void find_candidates() {
        const auto all = kept(next_.replicas, [&](NodeId node) {
            return !contains(next_.in_sync, node) && node != rules_.damaged &&
                   (contains(before_.in_sync, node) || contains(before_.eligible, node));
        });
        candidates_ = kept(all, [&](NodeId node) { return rules_.is_trusted(node); });
        if (candidates_.empty() && next_.in_sync.empty()) candidates_ = all;
        doubtful_ = kept(all, [&](NodeId node) { return !contains(candidates_, node); });
    }

    // The first that may take over, else the first that is there at all.
    NodeId first_of(const NodeList& nodes) const {
        const auto best =
            std::ranges::find_if(nodes, [&](NodeId node) { return rules_.may_take_over(node); });
        if (best != nodes.end()) return *best;
        const auto any = std::ranges::find_if(nodes, [&](NodeId node) { return rules_.is_live(node); });
        return any != nodes.end() ? *any : no_node;
    }

    void elect_eligible() {
        const auto node = first_of(candidates_);
        if (node != no_node) next_.in_sync = {node};
    }

    void elect_unclean() {
        auto node = first_of(next_.last_known);
        if (node == no_node) node = first_of(next_.replicas);
        if (node == no_node) return;
        next_.in_sync = {node};
        next_.recovery = LeaderRecovery::recovering;
        candidates_.clear();
        doubtful_.clear();
        next_.last_known.clear();
    }

    void keep_eligible() {
        next_.eligible.clear();
        const auto known = std::exchange(next_.last_known, {});
        if (next_.in_sync.size() >= least()) return;
        next_.eligible = kept(next_.replicas, [&](NodeId node) {
            return contains(candidates_, node) && !contains(next_.in_sync, node);
        });
        next_.last_known = kept(next_.replicas, [&](NodeId node) {
            return (contains(known, node) || contains(doubtful_, node)) && !contains(next_.in_sync, node) &&
                   !contains(next_.eligible, node);
        });
    }

    void choose_leader() {
        if (next_.in_sync.empty()) {
            next_.leader = no_node;
            return;
        }
        const auto is_there = contains(next_.in_sync, next_.leader);
        if (is_there && rules_.may_take_over(next_.leader)) return;
        const auto best = first_of(next_.in_sync);
        if (!is_there || rules_.may_take_over(best)) next_.leader = best;
    }

    const Partition& before_;
    Partition& next_;
    const ElectionRules& rules_;
    NodeList candidates_, doubtful_;
};

}  // namespace

bool ElectionRules::is_live(NodeId node) const {
    const auto at = nodes.find(node);
    return at != nodes.end() && !at->second.is_fenced;
}
bool ElectionRules::may_take_over(NodeId node) const {
    const auto at = nodes.find(node);
    return at != nodes.end() && at->second.is_usable();
}
bool ElectionRules::is_trusted(NodeId node) const {
    const auto at = nodes.find(node);
    return at != nodes.end() && !(at->second.started_unclean && is_page_cache);
}

ElectionRules rules_for(const Catalogue& catalogue, const Topic& topic) {
    return {.nodes = catalogue.nodes(),
            .min_insync_replicas = topic.settings->cluster_min_insync_replicas,
            .allows_unclean_leader = topic.settings->allows_unclean_leader,
            .is_page_cache = topic.settings->is_page_cache};
}

Partition settled(const Partition& before, Partition wanted, const ElectionRules& rules) {
    wanted.leader_epoch = before.leader_epoch;
    wanted.partition_epoch = before.partition_epoch;
    Settling{before, wanted, rules}.run();
    const bool is_forced = rules.damaged != no_node;
    if (wanted == before && !is_forced) return wanted;
    if (begins_leader_epoch(before, wanted) || is_forced) ++wanted.leader_epoch.value;
    ++wanted.partition_epoch.value;
    return wanted;
}

}  // namespace weir::metadata
