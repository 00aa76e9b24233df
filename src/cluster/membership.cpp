// The rounds of a node's life in the cluster, and the calls by which it takes part.
#include "cluster/membership.hpp"

#include "base/log_line.hpp"
#include "metadata/unclean_elections.hpp"

namespace weir::cluster {

namespace {

// Time for another controller, and for its decision. Beyond it only this node does not reach that one.
constexpr std::int64_t suspicion_ms = 3000;
constexpr std::int64_t lost_after_ms = 5000;

void tell_unclean_elections(const metadata::Published& published) {
    if (published.now->unclean_elections() == published.before->unclean_elections()) return;
    for (const auto& one : metadata::unclean_elections(published.changes)) {
        log_warning("partition {} of topic '{}' has a leader that was not in sync: records may be lost",
                    one.partition.value, one.topic);
    }
    log_warning("unclean elections in this cluster so far: {}", published.now->unclean_elections());
}

void tell_nodes(const metadata::Published& published) {
    for (const auto& [id, node] : published.now->nodes()) {
        const auto* before = published.before->node(id);
        const bool was_fenced = before == nullptr || before->is_fenced;
        if (node.is_fenced == was_fenced) continue;
        log_info("node {} is {}", id.value, node.is_fenced ? "fenced: others lead in its place" : "in use");
    }
}

}  // namespace

Membership::Membership(MembershipOptions options, metadata::MetadataController& controller, Peers& peers,
                       runtime::TimedExecutor& executor, Clock& clock)
    : options_(std::move(options)),
      controller_(controller),
      peers_(peers),
      executor_(executor),
      clock_(clock),
      first_leader_(options_.first_leader),
      led_ms_(clock.monotonic_ms()),
      ticks_(options_.ticks),
      is_clean_(options_.is_clean) {
    if (options_.first_leader) peers_.set_address(*options_.first_leader);
    peers_.set_addresses(controller_.catalogue()->nodes());
    peers_.on_stream([this](NodeId node, rpc::StreamChange change) { on_stream(node, change); });
    controller_.subscribe([this](const metadata::Published& published) {
        if (published.changes.nodes) peers_.set_addresses(published.now->nodes());
        if (!leads()) return;
        if (published.changes.nodes) tell_nodes(published);
        tell_unclean_elections(published);
    });
    executor_.post([this] { tick(); });
}

// A broken stream cuts a node's lease short, also if this node looks after the leases only later.
void Membership::on_stream(NodeId node, rpc::StreamChange change) {
    if (stopped_) return;
    if (change == rpc::StreamChange::refused) return on_gone(node);
    const auto now_ms = clock_.monotonic_ms();
    const bool has_ended = change == rpc::StreamChange::ended;
    if (!has_ended) gone_.erase(node);
    if (has_ended) ticks_.leases().connection_broken(node, now_ms);
    const std::lock_guard lock{disconnected_mutex_};
    has_ended ? void(disconnected_ms_[node] = now_ms) : void(disconnected_ms_.erase(node));
}

// The machine answers, and nobody listens there: the process that was there has ended.
void Membership::on_gone(NodeId node) {
    controller_.log().on_gone(node);
    const auto start = start_of(node);
    if (!start) return;
    gone_[node] = start->broker_epoch;
    ticks_.leases().process_ended(*start, clock_.monotonic_ms());
    if (leads()) lead();
}

// The start that counts, as far as this node knows.
std::optional<metadata::NodeStart> Membership::start_of(NodeId node) const {
    const auto catalogue = controller_.catalogue();
    const auto* found = catalogue->node(node);
    return found ? std::optional{metadata::NodeStart{node, found->broker_epoch}} : std::nullopt;
}

bool Membership::is_suspect(NodeId node) const {
    const std::lock_guard lock{disconnected_mutex_};
    const auto found = disconnected_ms_.find(node);
    return found != disconnected_ms_.end() && clock_.monotonic_ms() < found->second + suspicion_ms;
}

void Membership::announce(std::vector<metadata::Endpoint> endpoints) {
    executor_.post([this, endpoints = std::move(endpoints)]() mutable {
        endpoints_ = std::move(endpoints);
        broker_epoch_.reset();
    });
}

void Membership::stop() {
    stopped_ = true;
    timer_.reset();
    peers_.stop();
}

void Membership::tick() {
    if (stopped_) return;
    timer_ = executor_.run_after(options_.ticks.leases.tick_ms, [this] { tick(); });
    give_up_old_leaders();
    note_leader();
    if (leads()) lead();
    depart();
    const auto now_ms = clock_.monotonic_ms();
    if (now_ms < next_part_ms_) return;
    next_part_ms_ = now_ms + options_.ticks.leases.heartbeat_ms;
    take_part();
}

void Membership::note_leader() {
    const auto now_leads = controller_.log().leader();
    if (!now_leads) return;
    led_ms_ = clock_.monotonic_ms();
    if (*now_leads != options_.node) followed_ = now_leads;
}

// The controller's round.
void Membership::lead() {
    const auto now_ms = clock_.monotonic_ms();
    const auto catalogue = controller_.catalogue();
    if (controller_.log().term() != led_term_) begin_leading(*catalogue, now_ms);
    remove_members();
    auto due = ticks_.due(*catalogue, now_ms);
    if (due.is_empty()) return;
    controller_.submit(std::move(due), [this](const Result<metadata::ControllerTick>& rest) {
        if (ticks_.done(rest) && leads() && !stopped_) lead();
    });
}

void Membership::begin_leading(const metadata::Catalogue& catalogue, std::int64_t now_ms) {
    led_term_ = controller_.log().term();
    log_info("this node looks after the cluster's metadata (term {})", led_term_);
    ticks_.start(catalogue, now_ms);
    // Who is alive has time for a heartbeat to this node.
    const auto since_ms = now_ms - options_.ticks.leases.heartbeat_ms;
    for (const auto& [node, broken_ms] : disconnected_ms_)
        ticks_.leases().connection_broken(node, std::max(broken_ms, since_ms));
    // The last one was silent before this one was elected, or has handed over and is about to say something.
    if (followed_) ticks_.leases().connection_broken(*followed_, now_ms);
    for (const auto& [node, epoch] : gone_) ticks_.leases().process_ended({node, epoch}, now_ms);
}

void Membership::take_part() {
    if (!is_voter(options_.node)) return join();
    if (is_lost()) {
        find_leader();
        join();  // the leader that took it in may have died before the others knew
    }
    connect_to_voters();
    if (endpoints_.empty()) return;
    if (broker_epoch_) return beat();
    if (!departure_) enroll();
}

// Or the first votes after the death of a leader would be lost.
void Membership::connect_to_voters() {
    for (const auto& member : controller_.log().members()) {
        if (member.is_voter && member.node != options_.node) peers_.connect(member.node);
    }
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
        if (answer) return;
        if (answer.error().code == Errc::already_exists) return refused(answer.error());
        if (is_voter(options_.node)) return;
        log_info("waiting to be taken into the cluster: {}", answer.error().message);
        find_leader();
    });
}

// Who led when this node was introduced may lead no more. Whom that one named may be gone for good: then the
// first one is asked again.
void Membership::find_leader() {
    if (!first_leader_ || controller_.log().leader()) return;
    peers_.call(first_leader_->node, introduce_method, {}, options_.call_timeout_ms,
                [this](const Result<std::shared_ptr<rpc::Frame>>& frame) {
                    if (stopped_) return;
                    const auto told =
                        frame ? decode_introduction((*frame)->body()) : Result<Introduction>{frame.error()};
                    const bool names_one = told && told->leader;
                    if (names_one && told->leader->node == options_.node) return;
                    first_leader_ = names_one ? told->leader : options_.first_leader;
                    peers_.set_address(*first_leader_);
                });
}

void Membership::enroll() {
    if (std::exchange(is_asking_, true)) return;
    const RegisterCall call{.node = {.id = options_.node,
                                     .rack = options_.rack,
                                     .endpoints = endpoints_,
                                     .incarnation = options_.incarnation},
                            .is_clean = is_clean_};
    ask(register_method, encode(call), [this](const Result<Bytes>& answer) {
        is_asking_ = false;
        auto epoch = answer ? decode_number(*answer) : Result<std::uint64_t>{answer.error()};
        if (epoch) {
            broker_epoch_ = BrokerEpoch{static_cast<std::int64_t>(*epoch)};
            is_clean_ = true;
            if (options_.registered) options_.registered(*broker_epoch_);
            return beat();
        }
        if (epoch.error().code == Errc::already_exists) refused(epoch.error());
    });
}

void Membership::refused(const Error& why) {
    if (std::exchange(is_refused_, true)) return;
    log_error("the cluster does not take this node: {}", why.message);
    if (options_.refused) options_.refused(why.message);
}

// Ready to be used once its own catalogue holds the registration.
void Membership::beat() {
    if (std::exchange(is_beating_, true)) return;
    const auto catalogue = controller_.catalogue();
    const auto self = catalogue->nodes().find(options_.node);
    const bool is_ready = self != catalogue->nodes().end() && self->second.broker_epoch == *broker_epoch_ &&
                          (!options_.may_lead || options_.may_lead());
    const metadata::Heartbeat heartbeat{.start = {options_.node, *broker_epoch_},
                                        .is_ready = is_ready,
                                        .is_stopping = departure_ && departure_->wants_fence};
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
    if (first_leader_ && !is_voter(options_.node)) return first_leader_->node;
    if (first_leader_ && is_lost()) return first_leader_->node;
    return std::nullopt;
}

// By what its own log says it is a member, but it hears from no leader: it may have been removed while it was
// down, which only those that are members now can tell.
bool Membership::is_lost() const {
    return clock_.monotonic_ms() >= led_ms_ + lost_after_ms;
}

void Membership::ask_leader(rpc::Method method, Bytes body, Answer done) {
    executor_.post([this, method, body = std::move(body), done = std::move(done)]() mutable {
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
        return executor_.post([done = std::move(done)] {
            done(Error{Errc::unavailable, "nobody leads the cluster's metadata at the moment"});
        });
    }
    const auto number = ++last_asked_;
    asked_[number] = {*to, std::move(done)};
    peers_.call(*to, method, std::move(body), options_.call_timeout_ms,
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
