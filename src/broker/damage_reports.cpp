// What is told, and what becomes of it.
#include "broker/damage_reports.hpp"

#include "base/log_line.hpp"

namespace weir::broker {

void DamageReports::start() {
    if (!timer_) tick();
}

void DamageReports::stop() {
    timer_.reset();
    alive_.reset();
}

bool DamageReports::has_told_all() const {
    const auto damaged = store_.damaged();
    return std::ranges::all_of(damaged, [&](const auto& one) { return told_.contains(one); });
}

void DamageReports::tick() {
    timer_ = executor_.run_after(options_.tick_ms, [this] { tick(); });
    const auto damaged = store_.damaged();
    forget_mended(damaged);
    if (!damaged.empty() && !is_asking_) tell(damaged);
}

void DamageReports::forget_mended(const std::vector<log::DamagedLog>& damaged) {
    std::erase_if(told_, [&](const auto& told) { return !std::ranges::binary_search(damaged, told.first); });
}

void DamageReports::tell(const std::vector<log::DamagedLog>& damaged) {
    Items items;
    std::vector<log::DamagedLog> asked;
    const auto now_ms = clock_.monotonic_ms();
    for (const auto& one : damaged) {
        const auto told = told_.find(one);
        const bool is_due = told == told_.end() || told->second <= now_ms;
        if (!is_due || asked.size() >= metadata::max_request_partitions) continue;
        asked.push_back(one);
        items.push_back({one.key.topic_id, one.key.partition});
    }
    if (asked.empty()) return;
    is_asking_ = true;
    ask_(std::move(items), [alive = std::weak_ptr{alive_}, asked](const Outcomes& outcomes) {
        if (const auto self = alive.lock()) (*self)->on_outcomes(asked, outcomes);
    });
}

void DamageReports::on_outcomes(const std::vector<log::DamagedLog>& asked, const Outcomes& outcomes) {
    is_asking_ = false;
    if (!outcomes) return;  // told again with the next tick
    for (std::size_t i = 0; i < std::min(asked.size(), outcomes->size()); ++i)
        on_outcome(asked[i], (*outcomes)[i]);
}

void DamageReports::on_outcome(const log::DamagedLog& damaged, const Result<LeaderEpoch>& outcome) {
    if (outcome) {
        told_[damaged] = clock_.monotonic_ms() + options_.still_damaged_ms;
        log_warning("{}: this node's replica is damaged; others have all, and it is filled again from them",
                    name_of_(damaged.key));
        return refill_(damaged.key, *outcome);
    }
    if (outcome.error().code == Errc::busy) return;  // nothing is decided: with the next tick
    const bool is_first = !told_.contains(damaged);
    told_[damaged] = clock_.monotonic_ms() + options_.again_ms;
    if (!is_first || outcome.error().code != Errc::no_eligible_leader) return;
    log_error(
        "{}: this node's replica is damaged, and no other one is known to have all. It stays as it is: what "
        "is damaged can't be read. Bring back a node with another replica; or delete the records up to the "
        "damaged ones, or the topic",
        name_of_(damaged.key));
}

std::string partition_name(const metadata::Catalogue& catalogue, const log::LogKey& key) {
    const auto* topic = catalogue.find(key.topic_id);
    return fmt::format("partition {} of topic '{}'", key.partition.value,
                       topic ? topic->name : key.topic_id.text());
}

void report_damage(cluster::Membership& membership, metadata::NodeStart self, DamageReports::Items items,
                   std::function<void(const DamageReports::Outcomes&)> done) {
    const metadata::DamagedReplicas request{.start = self, .items = std::move(items)};
    membership.ask_leader(cluster::damaged_method, cluster::encode(request),
                          [done = std::move(done)](const Result<Bytes>& answer) {
                              auto reply = answer ? cluster::decode_damaged_reply(*answer)
                                                  : Result<metadata::DamagedReplicas::Reply>{answer.error()};
                              if (!reply) return done(std::nullopt);
                              done(std::move(reply->outcomes));
                          });
}

}  // namespace weir::broker
