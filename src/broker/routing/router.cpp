// Following the topology: only what has changed is made anew, and each virtual host's table is copied once.
#include "broker/routing/router.hpp"

namespace weir::routing {

namespace {

// The tables as they come to be. A change in a virtual host that is gone by now is passed over: that it went
// comes later.
class Update {
  public:
    Update(RoutingTables& tables, const topology::Topology& now) : tables_(tables), now_(now) {}

    void operator()(const topology::Change<topology::VirtualHost>& change) {
        const auto& name = (change.after != nullptr ? change.after : change.before)->name;
        if (change.after != nullptr && change.before != nullptr) return;  // only its description
        flush();
        tables_.erase(name);
        if (change.after != nullptr) tables_.emplace(name, std::make_shared<const RoutingTable>());
    }
    void operator()(const topology::Change<topology::Exchange>& change) {
        const auto& host = (change.after != nullptr ? change.after : change.before)->host;
        if (const auto* state = now_.host(host)) at(host).on(change, *state);
    }
    template <class T>
    void operator()(const topology::Change<T>& change) {
        const auto& host = (change.after != nullptr ? change.after : change.before)->host;
        if (now_.host(host) != nullptr) at(host).on(change);
    }
    void operator()(const topology::PoliciesChanged& change) {
        if (const auto* state = now_.host(change.host)) at(change.host).on_policies(*state);
    }

    void flush() {
        table_.finish();
        if (!host_.empty()) tables_[host_] = std::make_shared<const RoutingTable>(std::move(table_));
        host_.clear();
    }

  private:
    // The table that is being changed; mostly all changes are of one virtual host.
    RoutingTable& at(const std::string& host) {
        if (host == host_) return table_;
        flush();
        const auto there = tables_.find(host);
        table_ = there != tables_.end() ? *there->second : RoutingTable{};
        host_ = host;
        return table_;
    }

    RoutingTables& tables_;
    const topology::Topology& now_;
    std::string host_;
    RoutingTable table_;
};

RoutingTables compiled(const topology::Topology& topology) {
    RoutingTables out;
    topology.hosts().for_each([&](const auto& state) {
        out.emplace(state->host->name, std::make_shared<const RoutingTable>(*state));
    });
    return out;
}

}  // namespace

Router::Router() : tables_(std::make_shared<const RoutingTables>()) {}

void Router::update(const topology::Topology& now, const topology::Changes& changes) {
    if (changes.everything) return publish(compiled(now));
    if (changes.topology.empty()) return;
    auto next = *tables();
    Update update{next, now};
    for (const auto& change : changes.topology) std::visit(update, change);
    update.flush();
    publish(std::move(next));
}

std::shared_ptr<const RoutingTables> Router::tables() const {
    const std::lock_guard lock{mutex_};
    return tables_;
}

void Router::publish(RoutingTables next) {
    auto tables = std::make_shared<const RoutingTables>(std::move(next));
    {
        const std::lock_guard lock{mutex_};
        tables_.swap(tables);
    }
    version_.fetch_add(1, std::memory_order_release);
}

const RoutingTable* RouterReader::find(std::string_view host) {
    const auto version = router_.version();
    if (tables_ == nullptr || version != version_) {
        version_ = version;
        tables_ = router_.tables();
    }
    const auto at = tables_->find(host);
    return at != tables_->end() ? at->second.get() : nullptr;
}

}  // namespace weir::routing
