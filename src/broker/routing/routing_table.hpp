// One virtual host's exchanges and queues, made ready for routing: immutable once it is published.
#pragma once

#include <memory>
#include <string_view>

#include "base/shared_table.hpp"
#include "broker/routing/exchange_table.hpp"
#include "metadata/topology/topology.hpp"

namespace weir::routing {

// A value; a changed copy shares what is the same with the one before. Any thread may route on one that is
// not being changed.
class RoutingTable {
  public:
    RoutingTable() = default;
    explicit RoutingTable(const topology::HostState& host);

    // The destinations of a message; `out` is overwritten. false: there is no such exchange.
    // From exchange to exchange it goes through each at most once, so that cycles end. Where nothing of an
    // exchange matches, the message goes to its alternate, if it has one.
    bool route(const Message& message, Route& out) const;
    // Where it goes from the exchanges that keep it, if it were to leave them now. Sorted, each once.
    Route route_on(Message message, const Route& kept) const;

    // nullptr if there is none. Valid as long as this table.
    const ExchangeTable* find(std::string_view exchange) const;
    // What a message to the default exchange with this key goes to.
    std::optional<QueueId> queue(std::string_view name) const;

    // As the topology changes, in its order. Call finish() before this table is copied or shared.
    void on(const topology::Change<topology::Exchange>& change, const topology::HostState& now);
    void on(const topology::Change<topology::Queue>& change);
    void on(const topology::Change<topology::Binding>& change);
    // Alternates may be other ones now.
    void on_policies(const topology::HostState& now);
    void finish() { edited_ = nullptr; }

  private:
    struct QueueEntry {
        std::string name;
        QueueId id;
    };
    void put(std::shared_ptr<const ExchangeTable> exchange);

    // This table's own copy of an exchange's, in its place: many changes of one exchange share it.
    ExchangeTable& edit(std::string_view exchange);

    std::shared_ptr<ExchangeTable> edited_;  // the last; null once somebody else may see it
    SharedTable<ExchangeTable> exchanges_;
    SharedTable<QueueEntry> queues_;
};

}  // namespace weir::routing
