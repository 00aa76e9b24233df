// Every virtual host's routing table, for all threads: one writer that follows the topology, readers without
// locks.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "broker/routing/routing_table.hpp"

namespace weir::routing {

using RoutingTablePtr = std::shared_ptr<const RoutingTable>;
// By the virtual host's name.
using RoutingTables = std::map<std::string, RoutingTablePtr, std::less<>>;

class Router {
  public:
    Router();

    // After the topology has become `now` by `changes`. From one thread at a time.
    void update(const topology::Topology& now, const topology::Changes& changes);

    // The newest tables. Safe from any thread; RouterReader is cheaper on a path that runs per message.
    std::shared_ptr<const RoutingTables> tables() const;
    // Counts updates that changed anything.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  private:
    void publish(RoutingTables next);

    mutable std::mutex mutex_;  // guards tables_
    std::shared_ptr<const RoutingTables> tables_;
    std::atomic<std::uint64_t> version_{0};
};

// One thread's view of the newest tables, without a lock unless they have changed.
class RouterReader {
  public:
    explicit RouterReader(const Router& router) : router_(router) {}

    // nullptr if there is no such virtual host. Valid until the next call.
    const RoutingTable* find(std::string_view host);

  private:
    const Router& router_;
    std::shared_ptr<const RoutingTables> tables_;
    std::uint64_t version_ = 0;
};

}  // namespace weir::routing
