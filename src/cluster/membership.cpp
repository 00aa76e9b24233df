// The rounds of a node's life in the cluster, and the calls by which it takes part.
#include "cluster/membership.hpp"

#include "base/log_line.hpp"

namespace weir::cluster {

Membership::Membership(MembershipOptions options, metadata::MetadataController& controller, Links& links,
                       LinkSeams seams)
    : options_(std::move(options)),
      controller_(controller),
      links_(links),
      seams_(seams),
      ticks_(options_.ticks) {
    if (options_.first_leader) links_.set_address(*options_.first_leader);
    links_.set_addresses(controller_.catalogue()->nodes());
    controller_.subscribe([this](const metadata::Published& published) {
        if (published.changes.nodes) links_.set_addresses(published.now->nodes());
    });
    seams_.reactor.post([this] { tick(); });
}

void Membership::announce(std::vector<metadata::Endpoint> endpoints) {
    seams_.reactor.post([this, endpoints = std::move(endpoints)]() mutable {
        endpoints_ = std::move(endpoints);
        broker_epoch_.reset();
    });
}

void Membership::stop() {
    stopped_ = true;
    timer_.reset();
    links_.stop();
}

void Membership::tick() {
    if (stopped_) return;
    timer_ = seams_.reactor.run_after(options_.ticks.leases.tick_ms, [this] { tick(); });
    give_up_old_leaders();
    if (leads()) lead();
    const auto now_ms = seams_.clock.monotonic_ms();
    if (now_ms < next_part_ms_) return;
    next_part_ms_ = now_ms + options_.ticks.leases.heartbeat_ms;
    take_part();
}

// The controller's round.
void Membership::lead() {
    const auto now_ms = seams_.clock.monotonic_ms();
    const auto catalogue = controller_.catalogue();
    if (const auto term = controller_.log().term(); term != led_term_) {
        log_info("this node looks after the cluster's metadata (term {})", term);
        led_term_ = term;
        ticks_.start(*catalogue, now_ms);
    }
    auto due = ticks_.due(*catalogue, now_ms);
    if (due.is_empty()) return;
    controller_.submit(std::move(due), [this](const Result<metadata::ControllerTick>& rest) {
        if (ticks_.done(rest) && leads() && !stopped_) lead();
    });
}

void Membership::take_part() {
    if (!is_voter(options_.node)) return join();
    if (endpoints_.empty()) return;
    broker_epoch_ ? beat() : enroll();
}

void Membership::join() {
    if (std::exchange(is_asking_, true)) return;
    runtime::Endpoint here;
    for (const auto& endpoint : endpoints_) {
        if (endpoint.listener == cluster_listener) here = {endpoint.host, endpoint.port};
    }
    if (here.port == 0) {
        is_asking_ = false;
        return;
    }
    ask(join_method, encode(NodeAddress{options_.node, here}), [this](const Result<Bytes>& answer) {
        is_asking_ = false;
        if (!answer) log_info("waiting to be taken into the cluster: {}", answer.error().message);
    });
}

void Membership::enroll() {
    if (std::exchange(is_asking_, true)) return;
    const RegisterCall call{.node = {.id = options_.node,
                                     .rack = options_.rack,
                                     .endpoints = endpoints_,
                                     .incarnation = options_.incarnation},
                            .is_clean = true};
    ask(register_method, encode(call), [this](const Result<Bytes>& answer) {
        is_asking_ = false;
        auto epoch = answer ? decode_number(*answer) : Result<std::uint64_t>{answer.error()};
        if (epoch) {
            broker_epoch_ = BrokerEpoch{static_cast<std::int64_t>(*epoch)};
            if (options_.registered) options_.registered(*broker_epoch_);
            return beat();
        }
        if (epoch.error().code == Errc::already_exists) {
            log_error("the cluster does not take this node: {}", epoch.error().message);
        }
    });
}

// Ready to be used once its own catalogue holds the registration.
void Membership::beat() {
    if (is_beating_) return;
    is_beating_ = true;
    const auto catalogue = controller_.catalogue();
    const auto self = catalogue->nodes().find(options_.node);
    const bool is_ready = self != catalogue->nodes().end() && self->second.broker_epoch == *broker_epoch_;
    const metadata::Heartbeat heartbeat{.start = {options_.node, *broker_epoch_}, .is_ready = is_ready};
    ask(heartbeat_method, encode(heartbeat), [this](const Result<Bytes>& answer) {
        is_beating_ = false;
        const auto heard = answer ? decode_number(*answer) : Result<std::uint64_t>{answer.error()};
        if (heard && *heard == 0) broker_epoch_.reset();  // another start counts: register again
    });
}

bool Membership::is_voter(NodeId node) const {
    const auto members = controller_.log().members();
    return std::ranges::any_of(members,
                               [&](const auto& member) { return member.node == node && member.is_voter; });
}

std::optional<NodeId> Membership::leader() const {
    if (const auto known = controller_.log().leader()) return known;
    if (options_.first_leader && !is_voter(options_.node)) return options_.first_leader->node;
    return std::nullopt;
}

void Membership::ask_leader(rpc::Method method, Bytes body, Answer done) {
    seams_.reactor.post([this, method, body = std::move(body), done = std::move(done)]() mutable {
        ask(method, std::move(body), std::move(done));
    });
}

void Membership::ask(rpc::Method method, Bytes body, Answer done) {
    if (leads()) {
        const auto held = std::make_shared<Bytes>(std::move(body));
        return handle(method, options_.node, *held,
                      [held, done = std::move(done)](auto answer) { done(std::move(answer)); });
    }
    const auto to = leader();
    if (!to || *to == options_.node) {
        return seams_.reactor.post([done = std::move(done)] {
            done(Error{Errc::unavailable, "nobody leads the cluster's metadata at the moment"});
        });
    }
    const auto number = ++last_asked_;
    asked_[number] = {*to, std::move(done)};
    links_.call(*to, method, std::move(body), options_.call_timeout_ms,
                [this, number](const Result<std::shared_ptr<rpc::Frame>>& frame) {
                    if (!frame) return answered(number, frame.error());
                    const auto reply = (*frame)->body();
                    answered(number, Bytes{reply.begin(), reply.end()});
                });
}

void Membership::answered(std::uint64_t number, Result<Bytes> answer) {
    auto asked = asked_.extract(number);
    if (!asked.empty()) asked.mapped().done(std::move(answer));
}

// A leader that fell silent would keep its askers waiting longer than the new one waits for their heartbeats.
void Membership::give_up_old_leaders() {
    const auto now_leads = leader();
    if (!now_leads) return;
    std::vector<std::uint64_t> old;
    for (const auto& [number, asked] : asked_) {
        if (asked.leader != *now_leads) old.push_back(number);
    }
    for (const auto number : old)
        answered(number, Error{Errc::outcome_unknown, "another node leads the cluster's metadata by now"});
}

}  // namespace weir::cluster
