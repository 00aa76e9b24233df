// A change is made here if this node leads the metadata, and asked of the leader if not; again for a while if
// nobody leads.
#include "cluster/administration.hpp"

#include "base/log_line.hpp"
#include "cluster/status_messages.hpp"

namespace weir::cluster {

namespace {

// Nothing has been changed, and somebody may lead in a moment.
bool is_worth_another_try(Errc code) {
    return code == Errc::not_leader || code == Errc::unavailable || code == Errc::busy;
}

template <class Request>
constexpr bool may_be_validated = requires(const Request& request) { request.validate_only; };

// What a request that changes nothing would come to, by this node's own catalogue; nothing for all others.
std::optional<Result<metadata::AnyReply>> validated(const metadata::Catalogue& catalogue,
                                                    const metadata::AnyRequest& any) {
    return std::visit(
        [&]<class Request>(const Request& request) -> std::optional<Result<metadata::AnyReply>> {
            if constexpr (may_be_validated<Request>) {
                if (!request.validate_only) return std::nullopt;
                auto decision = metadata::decide(catalogue, request);
                if (!decision) return Result<metadata::AnyReply>{decision.error()};
                return Result<metadata::AnyReply>{metadata::AnyReply{std::move(decision->reply)}};
            }
            return std::nullopt;
        },
        any);
}

// The reply as this node's own catalogue has it. A topic that was deleted has its name and id alone.
metadata::AnyReply from_wire(const metadata::Catalogue& catalogue, WireReply reply) {
    return std::visit(
        [&]<class Reply>(Reply&& one) -> metadata::AnyReply {
            if constexpr (std::is_same_v<std::decay_t<Reply>, TopicRef>) {
                if (auto topic = catalogue.find_shared(one.id)) return topic;
                auto gone = std::make_shared<metadata::Topic>();
                gone->name = one.name;
                gone->id = one.id;
                gone->partitions = std::make_shared<const metadata::PartitionTable>();
                gone->settings = std::make_shared<const metadata::TopicSettings>(catalogue.topic_defaults());
                return metadata::TopicPtr{std::move(gone)};
            } else {
                return std::forward<Reply>(one);
            }
        },
        std::move(reply));
}

}  // namespace

struct Administration::Change {
    metadata::AnyRequest request;
    Done done;
    std::int64_t end_ms;  // no other attempt begins after it
};

Administration::Administration(AdministrationOptions options, metadata::MetadataController& controller,
                               Membership& membership, LinkSeams seams)
    : options_(options), controller_(controller), membership_(membership), seams_(seams) {}

void Administration::submit(metadata::AnyRequest request, Done done) {
    seams_.reactor.post([this, request = std::move(request), done = std::move(done)]() mutable {
        const auto end_ms = seams_.clock.monotonic_ms() + options_.leader_wait_ms;
        attempt(std::make_shared<Change>(std::move(request), std::move(done), end_ms));
    });
}

void Administration::later(std::int64_t delay_ms, std::function<void()> task) {
    const auto number = next_waiting_++;
    auto timer = seams_.reactor.run_after(delay_ms, [this, number] {
        const auto due = waiting_.extract(number);
        if (!due.empty()) due.mapped().task();
    });
    waiting_[number] = {std::move(timer), std::move(task)};
}

void Administration::stop() {
    stopped_ = true;
    for (auto& [number, waiting] : std::exchange(waiting_, {})) {
        waiting.timer.reset();
        waiting.task();
    }
}

void Administration::attempt(const std::shared_ptr<Change>& change) {
    if (stopped_) return change->done(Error{Errc::shutting_down, "this node is stopping"});
    if (leads()) {
        return make(change->request, [this, change](Result<metadata::AnyReply> outcome) {
            on_outcome(change, std::move(outcome));
        });
    }
    if (auto outcome = validated(*controller_.catalogue(), change->request))
        return change->done(std::move(*outcome));
    ask_leader(change);
}

void Administration::on_outcome(const std::shared_ptr<Change>& change, Result<metadata::AnyReply> outcome) {
    const bool again = !outcome && is_worth_another_try(outcome.error().code) && !stopped_ &&
                       seams_.clock.monotonic_ms() < change->end_ms;
    if (!again) return change->done(std::move(outcome));
    later(options_.retry_ms, [this, change] { attempt(change); });
}

void Administration::ask_leader(const std::shared_ptr<Change>& change) {
    auto bytes = encode(change->request);
    // Numbers that no node has, lists that are too long.
    if (!decode_request(bytes))
        return change->done(Error{Errc::invalid_argument, "a number or a length is out of range"});
    membership_.ask_leader(submit_method, std::move(bytes), [this, change](const Result<Bytes>& answer) {
        if (!answer) return on_outcome(change, answer.error());
        auto reply = decode_change_reply(*answer);
        if (!reply) return change->done(reply.error());
        const auto end_ms = seams_.clock.monotonic_ms() + options_.catch_up_ms;
        await(reply->applied, end_ms, [this, change, reply = std::move(reply->reply)]() mutable {
            change->done(from_wire(*controller_.catalogue(), std::move(reply)));
        });
    });
}

void Administration::await(std::uint64_t applied, std::int64_t end_ms, std::function<void()> then) {
    const bool is_there = controller_.log().applied().index >= applied;
    if (is_there || stopped_ || seams_.clock.monotonic_ms() >= end_ms) return then();
    later(options_.catch_up_look_ms, [this, applied, end_ms, then = std::move(then)]() mutable {
        await(applied, end_ms, std::move(then));
    });
}

// As the leader.

void Administration::make(metadata::AnyRequest any, Done done) {
    std::visit(
        [&]<class Request>(Request& request) {
            if constexpr (std::is_same_v<Request, metadata::RemoveNode>) {
                remove_node(request.node, std::move(done));
            } else {
                controller_.submit(std::move(request),
                                   [done = std::move(done)](Result<typename Request::Reply> reply) {
                                       if (!reply) return done(reply.error());
                                       done(metadata::AnyReply{std::move(*reply)});
                                   });
            }
        },
        any);
}

// First out of the catalogue, so that it can't register and join again; then out of the group. An earlier
// attempt may have come as far as that.
void Administration::remove_node(NodeId node, Done done) {
    const auto catalogue = controller_.catalogue();
    if (catalogue->node(node) == nullptr) return remove_member(node, std::move(done));
    if (const auto decision = metadata::decide(*catalogue, metadata::RemoveNode{node}); !decision)
        return done(decision.error());
    if (node == options_.node) return hand_over(node, done);
    controller_.submit(metadata::RemoveNode{node},
                       [this, node, done = std::move(done)](const auto& removed) mutable {
                           if (!removed) return done(removed.error());
                           remove_member(node, std::move(done));
                       });
}

void Administration::remove_member(NodeId node, Done done) {
    const auto members = controller_.log().members();
    if (std::ranges::find(members, node, &consensus::Member::node) == members.end()) {
        if (controller_.catalogue()->removed_nodes().contains(node))
            return done(metadata::AnyReply{metadata::RemoveNode::Reply{}});
        return done(Error{Errc::not_found, fmt::format("there is no node {}", node.value)});
    }
    controller_.log().remove(node, [node, done = std::move(done)](const Result<void>& removed) {
        // Somebody else's attempt may have been faster.
        if (!removed && removed.error().code != Errc::not_found) return done(removed.error());
        log_info("node {} was removed from the cluster", node.value);
        done(metadata::AnyReply{metadata::RemoveNode::Reply{}});
    });
}

// The leader can't remove itself: the next one does.
void Administration::hand_over(NodeId node, const Done& done) {
    const auto catalogue = controller_.catalogue();
    for (const auto& member : controller_.log().members()) {
        const auto* other = catalogue->node(member.node);
        if (member.node == node || !member.is_voter || other == nullptr || other->is_fenced) continue;
        log_info("node {} is being removed: node {} shall lead the metadata", node.value, member.node.value);
        return controller_.log().transfer(member.node, [done](const Result<void>& handed_over) {
            if (!handed_over) return done(handed_over.error());
            done(Error{Errc::not_leader, "another node leads the cluster's metadata now"});
        });
    }
    done(Error{Errc::invalid_argument,
               fmt::format("node {} is the only one that can lead the cluster's metadata", node.value)});
}

}  // namespace weir::cluster
