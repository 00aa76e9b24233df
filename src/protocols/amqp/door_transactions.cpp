// Transactions of publishes and acknowledgements: kept by the channel until they are committed, then handed
// to the queues' logs, each of which takes its part whole.
#include "base/assert.hpp"
#include "protocols/amqp/queue_door.hpp"

namespace weir::amqp {
namespace {

// Of a connection: what its transactions keep until they are committed. One batch of a log must hold it.
constexpr std::size_t max_transaction_bytes = std::size_t{32} << 20;

AmqpError not_transactional(MethodId method) {
    return {ReplyCode::precondition_failed, "channel is not transactional", method};
}

// Whether the client acknowledges what has become others' meanwhile: the leader that sent it was lost.
bool accepts_lost(const std::vector<ChannelState::Transaction::Settlement>& settlements) {
    return std::ranges::any_of(settlements, [](const auto& one) {
        return one.verdict == queue::Verdict::accept && one.unacked.message.queue == lost_queue;
    });
}

// A kept publish as it came.
Publish as_published(const ChannelState::Transaction::Publish& kept) {
    const auto properties = decode_properties(kept.properties);
    ASSERT(properties.has_value());  // it was read before
    BasicPublish method;
    method.exchange = kept.exchange;
    method.routing_key = kept.key;
    method.mandatory = kept.mandatory;
    return {method, *properties, kept.properties, kept.body};
}

}  // namespace

// The parts of a commit, and what comes of them.
struct QueueDoor::Commit {
    std::map<ChannelState::Place, queue::TransactRequest> parts;
    std::size_t left = 0;
    bool is_taken = true;         // no queue has refused a message
    std::optional<Error> failed;  // a log could not take its part
};

void QueueDoor::serve(ChannelNumber number, const TxSelect& method) {
    auto& state = channel(number);
    if (state.confirms.is_on) {
        return machine_.fail(number, {ReplyCode::precondition_failed, "cannot switch from confirm to tx mode",
                                      method.info.id});
    }
    if (!state.transaction) state.transaction.emplace();
    machine_.send(number, TxSelectOk{});
}

void QueueDoor::join_transaction(ChannelNumber number, const Publish& publish) {
    auto& transaction = *channel(number).transaction;
    transaction.publishes.push_back({std::string{publish.method.exchange},
                                     std::string{publish.method.routing_key},
                                     publish.method.mandatory,
                                     {publish.property_bytes.begin(), publish.property_bytes.end()},
                                     {publish.body.begin(), publish.body.end()}});
    charge_transaction(number, publish.method.info.id,
                       sizeof(ChannelState::Transaction::Publish) + publish.method.exchange.size() +
                           publish.method.routing_key.size() + publish.property_bytes.size() +
                           publish.body.size());
}

void QueueDoor::join_transaction(ChannelNumber number, MethodId method,
                                 std::vector<ChannelState::Transaction::Settlement> settlements) {
    auto& kept = channel(number).transaction->settlements;
    kept.insert(kept.end(), settlements.begin(), settlements.end());
    charge_transaction(number, method, settlements.size() * sizeof(settlements.front()));
}

void QueueDoor::charge_transaction(ChannelNumber number, MethodId method, std::size_t bytes) {
    channel(number).transaction->bytes += bytes;
    transaction_bytes_ += bytes;
    if (transaction_bytes_ <= max_transaction_bytes) return;
    machine_.fail(number, {ReplyCode::precondition_failed,
                           fmt::format("more than {} bytes of uncommitted transactions on one connection",
                                       max_transaction_bytes),
                           method});
}

// What the transaction has kept, which is empty then.
ChannelState::Transaction QueueDoor::take_transaction(ChannelState& state) {
    transaction_bytes_ -= state.transaction->bytes;
    return std::exchange(*state.transaction, {});
}

void QueueDoor::serve(ChannelNumber number, const TxRollback& method) {
    auto& state = channel(number);
    if (!state.transaction) return machine_.fail(number, not_transactional(method.info.id));
    for (const auto& one : take_transaction(state).settlements) state.add(one.tag, one.unacked);
    machine_.send(number, TxRollbackOk{});
}

void QueueDoor::serve(ChannelNumber number, const TxCommit& method) {
    auto& state = channel(number);
    if (!state.transaction) return machine_.fail(number, not_transactional(method.info.id));
    const auto commit = std::make_shared<Commit>();
    const auto kept = take_transaction(state);
    if (accepts_lost(kept.settlements)) {
        const Error lost{Errc::not_leader,
                         "the leader that sent what is acknowledged was lost: it comes again"};
        return machine_.fail(number, failure(lost, method.info.id));
    }
    for (const auto& publish : kept.publishes) add_publish(commit, number, publish);
    add_settlements(*commit, state.holder, kept.settlements);
    commit->left += commit->parts.size();
    if (commit->left == 0) return machine_.send(number, TxCommitOk{});
    machine_.hold(number);
    for (auto& [place, part] : std::exchange(commit->parts, {}))
        hand_over(commit, number, place, std::move(part));
}

void QueueDoor::add_publish(const std::shared_ptr<Commit>& commit, ChannelNumber number,
                            const ChannelState::Transaction::Publish& kept) {
    const auto publish = as_published(kept);
    reply_directly(publish);
    if (!route(publish)) {
        if (kept.mandatory) give_back(number, publish);
        return trace_publish(number, publish);
    }
    pack(publish);
    for (auto& parcel : parcels_) commit->parts[parcel.place].publishes.push_back(std::move(parcel.request));
    // A topic is a log of its own: each append to it is a part.
    commit->left += route_.topics.size();
    append_to_topics(publish, [link = link_, commit, number](const Result<void>& written) {
        Link::run(link, [commit, number, written](QueueDoor& door) {
            door.part_committed(*commit, number,
                                written ? Result<queue::TransactReply>{queue::TransactReply{}}
                                        : Result<queue::TransactReply>{written.error()});
        });
    });
    trace_publish(number, publish);
}

// Those that follow each other and mean the same go together.
void QueueDoor::add_settlements(Commit& commit, queue::HolderId holder,
                                const std::vector<ChannelState::Transaction::Settlement>& settlements) {
    for (const auto& one : settlements) {
        const auto& message = one.unacked.message;
        if (message.queue == lost_queue) continue;  // it went back already
        auto& requests = commit.parts[queues_.place(message.queue)].settlements;
        if (requests.empty() || requests.back().verdict != one.verdict)
            requests.push_back({.holder = holder, .verdict = one.verdict, .messages = {}});
        requests.back().messages.push_back(message);
    }
}

void QueueDoor::hand_over(const std::shared_ptr<Commit>& commit, ChannelNumber number,
                          const ChannelState::Place& place, queue::TransactRequest part) {
    const auto done = [link = link_, commit, number](Result<queue::TransactReply> reply) {
        Link::run(link, [commit, number, reply = std::move(reply)](QueueDoor& door) {
            door.part_committed(*commit, number, reply);
        });
    };
    if (place)
        place->ask(std::move(part), queue::QueuePlace::Done<queue::TransactReply>{done});
    else
        done(Error{Errc::not_leader, "there are no queue logs yet"});
}

void QueueDoor::part_committed(Commit& commit, ChannelNumber number,
                               const Result<queue::TransactReply>& reply) {
    if (!reply) {
        commit.failed = reply.error();
    } else {
        commit.is_taken = commit.is_taken && std::ranges::all_of(reply->publishes, [](const auto& one) {
                              return one.answer == queue::Answer::done && one.refused.empty();
                          });
    }
    if (--commit.left != 0) return;
    if (commit.failed)
        machine_.fail(number, failure(*commit.failed, TxCommit::info.id));
    else if (!commit.is_taken)
        machine_.fail(number, {ReplyCode::precondition_failed, "partial tx completion", TxCommit::info.id});
    else
        machine_.send(number, TxCommitOk{});
    machine_.resume(number);
    session_.wake();
}

}  // namespace weir::amqp
