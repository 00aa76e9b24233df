// One AMQP connection's channels on a broker's queues.
//
// The parts are in queue_door.cpp (channels and their ends), door_exchanges.cpp and door_queues.cpp
// (declarations), door_publish.cpp (messages in) and door_consume.cpp (messages out).
#pragma once

#include "broker/access/authorizer.hpp"
#include "broker/broker.hpp"
#include "broker/queues.hpp"
#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/channel_state.hpp"
#include "protocols/amqp/session.hpp"

namespace weir::amqp {

// Of the session's reactor.
class QueueDoor final : public ChannelHandler {
  public:
    QueueDoor(AmqpSession& session, broker::Broker& broker);
    ~QueueDoor() override;

    void on_channel_opened(ChannelNumber channel) override;
    bool on_channel_closed(ChannelNumber channel) override;
    bool on_connection_closed() override;
    void on_method(ChannelNumber channel, const AnyMethod& method) override;
    void on_publish(ChannelNumber channel, const Publish& publish) override;
    void on_drained() override;

  private:
    // The way back from other threads, also when the door may be gone.
    struct Link {
        runtime::Reactor& reactor;
        QueueDoor* door;
        static void run(const std::shared_ptr<Link>& link, std::function<void(QueueDoor&)> action);
    };
    class Mailbox;
    using AnyError = std::optional<AmqpError>;

    // The next input waits until `then`, on this reactor, has been called with the outcome.
    template <class T>
    std::function<void(Result<T>)> wait_for(std::function<void(QueueDoor&, Result<T>)> then);
    // As above, with the method's reply unless there was an error.
    template <class T, Method M>
    std::function<void(Result<T>)> reply_with(ChannelNumber number, const M& method,
                                              std::function<AnyError(QueueDoor&, T&)> then);

    // door_exchanges.cpp
    void serve(ChannelNumber number, const ExchangeDeclare& method);
    void serve(ChannelNumber number, const ExchangeDelete& method);
    void serve(ChannelNumber number, const ExchangeBind& method);
    void serve(ChannelNumber number, const ExchangeUnbind& method);
    void declare_exchange_passively(ChannelNumber number, const ExchangeDeclare& method);
    AnyError check_new_exchange(const ExchangeDeclare& method);
    AnyError check_binding(const topology::Binding& binding, bool is_new, MethodId method);
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
    AnyError declared(ChannelNumber number, bool nowait, const topology::Queue& wanted,
                      const broker::Queues::Declared& declared);
    std::string generated_name(std::string_view prefix);

    // door_publish.cpp
    void serve(ChannelNumber number, const ConfirmSelect& method);
    AnyError check_publish(const Publish& publish);
    bool route(const Publish& publish);
    void give_back(ChannelNumber number, const Publish& publish);
    void enqueue(const Publish& publish, queue::HolderId holder, std::uint64_t confirm);
    // All queues have answered. `confirm` is the publish's number, or 0.
    void published(queue::HolderId holder, std::uint64_t confirm, std::size_t bytes, bool is_taken);
    void confirmed(queue::HolderId holder, std::uint64_t confirm, bool is_taken);
    void flush_confirms(ChannelNumber number);

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
    void got(ChannelNumber number, const queue::GetReply& reply, const queue::StoredMessage& message);
    void settle(ChannelNumber number, MethodId method, std::uint64_t tag, bool multiple,
                queue::Verdict verdict);
    void settle(const ChannelState& channel, queue::Verdict verdict,
                const std::vector<queue::Source>& messages);
    void release_all(ChannelState& channel);

    // queue_door.cpp
    ChannelState& channel(ChannelNumber number) { return channels_.at(number); }
    std::pair<const ChannelNumber, ChannelState>* find(queue::HolderId holder);
    const std::string& host() const { return session_.virtual_host(); }
    AnyError check_access(access::Operation operation, std::string_view kind, std::string_view name,
                          MethodId method);
    AnyError no_exchange(std::string_view name, MethodId method) const;
    AnyError no_queue(std::string_view name, MethodId method) const;
    AnyError locked(const topology::Queue& queue, MethodId method) const;
    // The error with which something failed that should not have.
    static AmqpError failure(const Error& error, MethodId method);
    AmqpError inequivalent(std::string_view what, std::string_view name,
                           const topology::Difference& difference, MethodId method) const;
    // The queue that a method means: the channel's last one if the name is empty. Errors: 404, 405.
    std::variant<topology::QueuePtr, AmqpError> queue_of(ChannelNumber number, std::string_view name,
                                                         MethodId method);
    void lost(queue::HolderId holder, const ChannelState::Place& place);

    AmqpSession& session_;
    ConnectionMachine& machine_;
    broker::Broker& broker_;
    broker::Queues& queues_;
    const std::shared_ptr<Link> link_;
    const Uuid owner_;  // of exclusive queues
    std::unordered_map<ChannelNumber, ChannelState> channels_;
    std::unordered_map<queue::HolderId, ChannelNumber> numbers_;
    std::set<std::string> exclusive_queues_;
    std::optional<access::Authorizer> authorizer_;
    routing::RouterReader router_;
    routing::Route route_;
    SeededRandom dice_{system_random().next()};
    std::size_t unanswered_bytes_ = 0;  // of messages on their way to their queues
    bool waits_for_queues_ = false;
};

template <class T>
std::function<void(Result<T>)> QueueDoor::wait_for(std::function<void(QueueDoor&, Result<T>)> then) {
    machine_.hold();
    return [link = link_, then = std::move(then)](Result<T> result) {
        Link::run(link, [then, result = std::move(result)](QueueDoor& door) mutable {
            then(door, std::move(result));
            door.machine_.resume();
            door.session_.wake();
        });
    };
}

template <class T, Method M>
std::function<void(Result<T>)> QueueDoor::reply_with(ChannelNumber number, const M&,
                                                     std::function<AnyError(QueueDoor&, T&)> then) {
    return wait_for<T>([number, then = std::move(then)](QueueDoor& door, Result<T> result) {
        if (!door.machine_.is_open(number)) return;
        const auto error = result ? then(door, *result) : door.failure(result.error(), M::info.id);
        if (error) door.machine_.fail(number, *error);
    });
}

}  // namespace weir::amqp
