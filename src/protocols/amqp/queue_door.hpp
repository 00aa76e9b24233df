// One AMQP connection's channels on a broker's queues.
//
// The parts are in queue_door.cpp (channels and their ends), door_exchanges.cpp and door_queues.cpp
// (declarations), door_publish.cpp (messages in), door_consume.cpp (messages out), door_outbox.cpp (what both
// have for the queues' logs), door_timeouts.cpp (messages that are kept for too long), door_transactions.cpp
// and door_replies.cpp (direct replies); what is different for streams in door_streams.cpp and
// door_stream_consume.cpp, for subscriptions in door_subscriptions.cpp. door_trace.cpp copies what passes to
// those who watch.
#pragma once

#include "broker/access/authorizer.hpp"
#include "broker/broker.hpp"
#include "broker/queue/message_maker.hpp"
#include "broker/queues.hpp"
#include "broker/reply_addresses.hpp"
#include "broker/topic_writer.hpp"
#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/channel_state.hpp"
#include "protocols/amqp/direct_replies.hpp"
#include "protocols/amqp/record_mapping.hpp"
#include "protocols/amqp/session.hpp"
#include "protocols/amqp/usage.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {

// Names of exchanges and queues that begin so are the server's.
inline constexpr std::string_view reserved_prefix = "amq.";

// Line ends in the names of exchanges and queues do not count.
std::string without_line_ends(std::string_view name);

// What permissions call the exchange without a name.
inline constexpr std::string_view default_exchange_resource = "amq.default";

// Of the session's reactor.
class QueueDoor final : public ChannelHandler {
  public:
    // The references must outlive the door. `usage`: of all doors of the node.
    QueueDoor(AmqpSession& session, broker::Broker& broker, Usage& usage);
    ~QueueDoor() override;

    void on_channel_opened(ChannelNumber channel) override;
    void on_channel_closed(ChannelNumber channel) override;
    bool on_connection_closed() override;
    void on_method(ChannelNumber channel, const AnyMethod& method) override;
    void on_publish(ChannelNumber channel, const Publish& publish) override;
    void on_secret_updated() override;
    void on_drained() override;
    void describe(broker::LiveConnection& out) override;

  private:
    // The way back from other threads, also when the door may be gone.
    struct Link {
        runtime::Reactor& reactor;
        QueueDoor* door;
        // `without`: instead, if the door is gone.
        static void run(const std::shared_ptr<Link>& link, std::function<void(QueueDoor&)> action,
                        std::function<void()> without = nullptr);
    };
    class Mailbox;
    struct Commit;
    using AnyError = std::optional<AmqpError>;
    using TopicPtr = std::shared_ptr<const broker::Topic>;

    // The channel's next input waits until `then`, on this reactor, has been called with the outcome.
    template <class T>
    std::function<void(Result<T>)> wait_for(ChannelNumber number,
                                            std::function<void(QueueDoor&, Result<T>)> then,
                                            std::function<void()> without = nullptr);
    // As above, with the method's reply unless there was an error.
    template <class T, Method M>
    std::function<void(Result<T>)> reply_with(ChannelNumber number, const M& method,
                                              std::function<AnyError(QueueDoor&, T&)> then);

    // door_exchanges.cpp
    void serve(ChannelNumber number, const ExchangeDeclare& method);
    void serve(ChannelNumber number, const ExchangeDelete& method);
    void serve(ChannelNumber number, const ExchangeBind& method);
    void serve(ChannelNumber number, const ExchangeUnbind& method);
    void declare_exchange_passively(ChannelNumber number, const std::string& name, bool nowait);
    AnyError check_new_exchange(const ExchangeDeclare& method, const std::string& name);
    AnyError check_binding_access(const topology::Binding& binding, MethodId method);
    AnyError check_ends(const topology::Binding& binding, MethodId method) const;
    AnyError check_alternate(const ExchangeDeclare& method, const std::string& name);
    void bind(ChannelNumber number, topology::Binding binding, MethodId method, std::function<void()> ok);
    void unbind(ChannelNumber number, const topology::Binding& binding, MethodId method,
                std::function<void()> ok);
    topology::Binding binding(topology::DestinationKind kind, std::string_view source,
                              std::string_view destination, std::string_view key,
                              const Table& arguments) const;

    // door_queues.cpp
    void serve(ChannelNumber number, const QueueDeclare& method);
    void declare_passively(ChannelNumber number, const QueueDeclare& method, const std::string& name);
    void serve(ChannelNumber number, const QueueDelete& method);
    void serve(ChannelNumber number, const QueuePurge& method);
    void serve(ChannelNumber number, const QueueBind& method);
    void serve(ChannelNumber number, const QueueUnbind& method);
    AnyError check_new_queue(const QueueDeclare& method, const std::string& name);
    AnyError check_room(const std::string& name, MethodId method);
    AnyError wrong_arguments(const topology::Queue& wanted) const;
    // The virtual host's, for queues that can be of it.
    std::optional<topology::Value> default_queue_type() const;
    AnyError check_dead_letters(const topology::Queue& queue, MethodId method);
    AnyError declared(ChannelNumber number, bool nowait, const topology::Queue& wanted,
                      const broker::Queues::Declared& declared);
    void own(const topology::Queue& wanted);
    static void remove_owned(broker::Queues& queues, const topology::Queue& wanted,
                             std::function<void()> done);
    void deleted(ChannelNumber number, bool nowait, std::string_view name,
                 const Result<queue::CountReply>& reply);
    void tell_ended(QueueId queue);
    std::string generated_name(std::string_view prefix);

    // door_publish.cpp
    void serve(ChannelNumber number, const ConfirmSelect& method);
    AnyError check_publish(ChannelNumber number, const Publish& publish);
    // Whether the user may publish in another's name.
    bool may_impersonate() const;
    // A publish that is as it should be.
    void accept(ChannelNumber number, const Publish& publish);
    void find_routing_keys(const Publish& publish);
    bool route(const Publish& publish);
    void find_delayed(routing::Route&& later);
    void give_back(ChannelNumber number, const Publish& publish);
    // What goes to one log.
    struct Parcel {
        ChannelState::Place place;
        queue::EnqueueRequest request;
    };
    // Of a message that was routed; into parcels_.
    void pack(const Publish& publish);
    void pack(const std::vector<QueueId>& queues, queue::EnqueueRequest request);
    queue::MessagePtr message_of(const Publish& publish, std::int64_t delay_ms = 0);
    void enqueue(const Publish& publish, queue::HolderId holder, std::uint64_t confirm);
    // A message on its way to its queues.
    struct Passage {
        struct Parts {
            std::size_t left = 0;  // logs that have not answered
            bool is_taken = true;
        };
        queue::HolderId holder;
        std::uint64_t confirm = 0;  // its number; 0: the client does not wait
        std::size_t bytes = 0;
        std::shared_ptr<Parts> parts{};  // null: one log has all of it
    };
    // One of its logs has answered.
    void answered(const Passage& passage, bool is_taken);
    void confirmed(queue::HolderId holder, std::uint64_t confirm, bool is_taken);
    void flush_confirms(ChannelNumber number);

    // door_outbox.cpp
    struct Outbox {
        std::vector<queue::EnqueueRequest> publishes;
        std::vector<Passage> passages;  // of these
        std::vector<queue::SettleRequest> settlements;
        std::size_t bytes = 0;
    };
    void put_out(Parcel& parcel, const Passage& passage);
    void put_out(const ChannelState::Place& place, queue::HolderId holder, queue::Verdict verdict,
                 const queue::Source& message);
    void settle(const ChannelState& channel, queue::Verdict verdict, const queue::Source& message);
    void send_out_later();
    void send_out_soon();
    void send_out();
    void send_publishes(const ChannelState::Place& place, Outbox& outbox);
    void all_answered(const std::vector<Passage>& passages, const Result<queue::TransactReply>& reply);

    // door_consume.cpp
    void serve(ChannelNumber number, const BasicQos& method);
    void serve(ChannelNumber number, const BasicConsume& method);
    void serve(ChannelNumber number, const BasicCancel& method);
    void serve(ChannelNumber number, const BasicGet& method);
    void serve(ChannelNumber number, const BasicAck& method);
    void serve(ChannelNumber number, const BasicNack& method);
    void serve(ChannelNumber number, const BasicReject& method);
    void serve(ChannelNumber number, const BasicRecover& method);
    void serve(ChannelNumber number, const BasicRecoverAsync& method);
    template <Method M>
    void serve(ChannelNumber number, const M&) {
        machine_.fail(number,
                      {ReplyCode::not_implemented, "weir does not serve this method yet", M::info.id});
    }
    void consume(ChannelNumber number, const BasicConsume& method, const topology::Queue& queue);
    void attach(ChannelState& channel, const ChannelState::Place& place);
    void on_arrivals(queue::HolderId holder, std::vector<queue::Arrival> arrivals);
    void deliver(ChannelNumber number, ChannelState& channel, const queue::Arrival& arrival);
    void give_credit(ChannelState::Subscription& subscription);
    void cancelled(queue::HolderId holder, queue::ConsumerId consumer);
    void cancel_forbidden(ChannelNumber number, ChannelState& state);
    bool may_deliver(const ChannelState& channel);
    void deliver_waiting(ChannelNumber number, ChannelState& channel);
    void take(const ChannelState::Place& place, const queue::TakeRequest& request,
              std::function<void(Result<queue::Got>)> done);
    void got(ChannelNumber number, std::string_view queue, const queue::Got& got, std::int64_t timeout_ms);
    void settle(ChannelNumber number, MethodId method, std::uint64_t tag, bool multiple,
                queue::Verdict verdict);
    void settle(ChannelNumber number, ChannelState& channel, queue::Verdict verdict,
                ChannelState::UnackedRange messages);
    void release_all(ChannelNumber number);

    // door_timeouts.cpp
    std::int64_t acknowledgement_timeout_ms(const topology::Queue& queue) const;
    // The client has the message from now on.
    void keep(ChannelState& channel, std::uint64_t tag, ChannelState::Unacked one);
    void watch_timeouts();
    void end_late_channels();
    void end_if_late(ChannelNumber number, std::int64_t now_ms);

    // door_transactions.cpp
    void serve(ChannelNumber number, const TxSelect& method);
    void serve(ChannelNumber number, const TxCommit& method);
    void serve(ChannelNumber number, const TxRollback& method);
    void join_transaction(ChannelNumber number, const Publish& publish);
    void join_transaction(ChannelNumber number, MethodId method,
                          std::vector<ChannelState::Transaction::Settlement> settlements);
    void charge_transaction(ChannelNumber number, MethodId method, std::size_t bytes);
    ChannelState::Transaction take_transaction(ChannelState& state);
    void add_publish(const std::shared_ptr<Commit>& commit, ChannelNumber number,
                     const ChannelState::Transaction::Publish& kept);
    void add_settlements(Commit& commit, queue::HolderId holder,
                         const std::vector<ChannelState::Transaction::Settlement>& settlements);
    void hand_over(const std::shared_ptr<Commit>& commit, ChannelNumber number,
                   const ChannelState::Place& place, queue::TransactRequest part);
    void part_committed(Commit& commit, ChannelNumber number, const Result<queue::TransactReply>& reply);

    // door_replies.cpp
    void consume_replies(ChannelNumber number, const BasicConsume& method);
    void declare_replies(ChannelNumber number, const QueueDeclare& method, const std::string& name);
    bool is_awaited(std::string_view address);
    void stop_replies(ChannelState& state);
    void replied(queue::HolderId holder, queue::ConsumerId consumer,
                 const broker::ReplyAddresses::MessagePtr& message);
    void deliver_replies(ChannelNumber number, ChannelState& state);
    void reply_directly(const Publish& publish);
    // door_streams.cpp: each serve_stream() says whether the name is a stream's, or is to be, and was served.
    TopicPtr stream_named(std::string_view name) const;
    bool wants_stream(const QueueDeclare& method, std::string_view name) const;
    TopicPtr stream_of(ChannelNumber number, std::string_view name) const;
    bool serve_stream(ChannelNumber number, const QueueDeclare& method, const std::string& name);
    bool serve_stream(ChannelNumber number, const QueueDelete& method, const std::string& name);
    bool serve_stream(ChannelNumber number, const QueueBind& method, const std::string& name);
    bool serve_stream(ChannelNumber number, const QueueUnbind& method, const std::string& name);
    bool refuse_for_stream(ChannelNumber number, std::string_view name, std::string_view what,
                           MethodId method);
    AnyError check_new_stream(const QueueDeclare& method, const std::string& name, bool is_queue);
    std::optional<topology::Value> type_of(const std::string& name) const;
    AnyError check_stream_difference(const QueueDeclare& method, const broker::Topic& topic);
    void create_stream(ChannelNumber number, const QueueDeclare& method, const std::string& name);
    void tell_stream(ChannelNumber number, const broker::Topic& topic, bool nowait);
    void add_streams();
    void append_to_topics(const Publish& publish, const broker::TopicWriter::Done& one_done);

    // door_stream_consume.cpp
    std::size_t max_property_bytes() const;
    bool serve_stream(ChannelNumber number, const BasicConsume& method);
    std::optional<broker::QueueView> replayed_queue(ChannelNumber number, const BasicConsume& method) const;
    StreamConsumer::Source stream_source(const TopicPtr& topic,
                                         const std::optional<broker::QueueView>& queue) const;
    AnyError begin_stream(ChannelNumber number, const BasicConsume& method, const TopicPtr& topic,
                          const std::optional<broker::QueueView>& queue, const broker::Start& start);
    void pump(ChannelNumber number, ChannelState& state, StreamConsumer& consumer);
    void pump_again(const ChannelState& state, const std::string& tag);
    void pump_streams();
    void deliver(ChannelNumber number, ChannelState& state, StreamConsumer& consumer,
                 const StreamConsumer::Record& record);
    bool acknowledge_streams(ChannelState& state, std::uint64_t tag, bool multiple);
    bool cancel_stream(ChannelNumber number, const BasicCancel& method);
    void end_stream(ChannelNumber number, ChannelState& state, const std::string& tag, std::string_view why);

    // door_subscriptions.cpp
    using Begin = std::optional<broker::SubscriptionBegin>;
    std::variant<Begin, AmqpError> subscribe(topology::Queue& queue);
    static AmqpError no_subscription_target(const topology::Queue& queue, MethodId method);
    // What is sent of a message; views, of what `owner` keeps where that is there.
    struct Outgoing {
        std::shared_ptr<const void> owner;
        std::string_view exchange, key;
        ByteView properties, body;
    };
    Outgoing outgoing(const queue::Delivery& delivery, const queue::StoredMessage& message) const;

    // door_trace.cpp
    bool is_traced();
    void add_actor(TableWriter& headers, ChannelNumber number) const;
    std::vector<std::string> routed_names() const;
    void trace_publish(ChannelNumber number, const Publish& publish);
    void trace_delivery(ChannelNumber number, std::string_view queue, bool redelivered,
                        const Outgoing& message);
    void publish_trace(ChannelNumber number, std::string_view key, const Table& headers, ByteView body);

    // queue_door.cpp
    ChannelState& channel(ChannelNumber number) { return channels_.at(number); }
    std::pair<const ChannelNumber, ChannelState>* find(queue::HolderId holder);
    const std::string& host() const { return session_.virtual_host(); }
    void update_authorizer();
    AnyError check_access(access::Operation operation, std::string_view kind, std::string_view name,
                          MethodId method);
    AnyError no_exchange(std::string_view name, MethodId method) const;
    AnyError no_queue(std::string_view name, MethodId method) const;
    AnyError locked(const topology::Queue& queue, MethodId method) const;
    // The error with which something failed that should not have.
    static AmqpError failure(const Error& error, MethodId method);
    AmqpError inequivalent(std::string_view what, std::string_view name,
                           const topology::Difference& difference, MethodId method) const;
    // The name that a method means: that of the channel's last queue if it gives none. Errors: 404.
    std::variant<std::string, AmqpError> queue_name(ChannelNumber number, std::string_view name,
                                                    MethodId method);
    // Errors: 404, 405.
    std::variant<topology::QueuePtr, AmqpError> queue_of(std::string_view name, MethodId method) const;
    // The queue that a method means, if the user may do this with it. Errors: 403, 404, 405.
    std::variant<topology::QueuePtr, AmqpError> queue_for(ChannelNumber number, access::Operation operation,
                                                          std::string_view name, MethodId method);
    void lost(queue::HolderId holder, const ChannelState::Place& place);

    AmqpSession& session_;
    ConnectionMachine& machine_;
    broker::Broker& broker_;
    broker::Queues& queues_;
    broker::ReplyAddresses& replies_;
    Usage& usage_;
    const std::shared_ptr<Link> link_;
    const Uuid owner_;  // of exclusive queues
    std::unordered_map<ChannelNumber, ChannelState> channels_;
    std::unordered_map<queue::HolderId, ChannelNumber> numbers_;
    std::set<std::string> exclusive_queues_;
    metadata::CatalogueReader catalogue_;
    metadata::CataloguePtr authorized_by_;  // which the authorizer was last given
    std::optional<access::Authorizer> authorizer_;
    bool is_traced_ = false;
    routing::RouterReader router_;
    std::vector<std::string_view> keys_;  // of the publish at hand
    routing::Route route_;
    std::vector<QueueId> delayed_;     // where it goes when its time has come, and
    bool has_delayed_topics_ = false;  // whether to topics, too
    std::vector<Parcel> parcels_;
    queue::MessageMaker messages_;  // of this turn
    SeededRandom dice_{system_random().next()};
    broker::TopicWriter writer_;
    std::map<ChannelState::Place, Outbox> outboxes_;
    std::size_t likely_publishes_ = 0;  // for a log at once: as many as the last time
    bool is_sending_later_ = false;
    std::size_t settled_ = 0;                           // in the outboxes
    std::unique_ptr<runtime::Timer> settlement_timer_;  // null: no settlement waits
    std::size_t unanswered_bytes_ = 0;                  // of messages on their way to their queues
    bool waits_for_queues_ = false;
    std::size_t transaction_bytes_ = 0;
    // Queues that are being deleted from here: their consumers here hear of that after who asked for it.
    std::unordered_map<QueueId, std::vector<std::pair<queue::HolderId, queue::ConsumerId>>> deletions_;
    std::int64_t shortest_timeout_ms_ = never_ms;  // that a message was given with
    // Of each basic.get that found nothing yet.
    std::unordered_map<queue::HolderId, std::unique_ptr<runtime::Timer>> poll_timers_;
    std::unique_ptr<runtime::Timer> timeout_timer_;  // null: no message is watched
    bool has_ended_ = false;
};

template <class T>
std::function<void(Result<T>)> QueueDoor::wait_for(ChannelNumber number,
                                                   std::function<void(QueueDoor&, Result<T>)> then,
                                                   std::function<void()> without) {
    machine_.hold(number);
    return [link = link_, number, then = std::move(then), without = std::move(without)](Result<T> result) {
        Link::run(
            link,
            [number, then, result = std::move(result)](QueueDoor& door) mutable {
                then(door, std::move(result));
                door.machine_.resume(number);
                door.session_.wake();
            },
            without);
    };
}

template <class T, Method M>
std::function<void(Result<T>)> QueueDoor::reply_with(ChannelNumber number, const M&,
                                                     std::function<AnyError(QueueDoor&, T&)> then) {
    return wait_for<T>(number, [number, then = std::move(then)](QueueDoor& door, Result<T> result) {
        if (!door.machine_.is_open(number)) return;
        const auto error = result ? then(door, *result) : door.failure(result.error(), M::info.id);
        if (error) door.machine_.fail(number, *error);
    });
}

}  // namespace weir::amqp
