// The topology in a snapshot (docs/formats/metadata.md): the same bytes for the same content, on every node.
#include "metadata/topology/format.hpp"
#include "metadata/topology/topology.hpp"

namespace weir::topology {

namespace {

template <class Set>
void write_all(FieldWriter& out, const Set& set) {
    out.number(set.size());
    set.for_each([&](const auto& value) { write(out, *value); });
}

// Reads as many entities, and has each one made into a command that is applied: what contradicts itself
// makes the reader fail.
template <class Entity, class Apply>
void read_all(FieldReader& in, std::size_t most, Apply apply) {
    for (auto left = in.count(most); left > 0 && in.ok(); --left) {
        Entity entity;
        read(in, entity);
        if (in.ok() && !apply(std::move(entity))) in.fail();
    }
}

}  // namespace

void Topology::write_host(FieldWriter& out, const HostState& state) const {
    topology::write(out, *state.host);
    write_all(out, state.exchanges);
    write_all(out, state.queues);
    write_all(out, state.by_source);
    write_all(out, state.policies);
}

void Topology::write(FieldWriter& out) const {
    out.number(hosts_.size());
    hosts_.for_each([&](const auto& state) { write_host(out, *state); });
    write_all(out, users_);
    write_all(out, permissions_);
    write_all(out, topic_permissions_);
    out.number(next_queue_id_.value);
}

void Topology::read_host(FieldReader& in) {
    VirtualHost host;
    topology::read(in, host);
    if (!in.ok() || hosts_.find(host.name) != nullptr || !apply(VirtualHostChanged{host})) return in.fail();
    read_all<Exchange>(in, max_exchanges, [&](Exchange exchange) {
        return exchange.host == host.name && apply(ExchangeDeclared{std::move(exchange)});
    });
    read_all<Queue>(in, max_queues, [&](Queue queue) {
        next_queue_id_ = QueueId{};  // they lie by name here, not by id
        return queue.host == host.name && apply(QueueDeclared{std::move(queue)});
    });
    read_all<Binding>(in, max_bindings, [&](Binding binding) {
        return binding.host == host.name && apply(BindingAdded{std::move(binding)});
    });
    read_all<Policy>(in, 2 * max_policies, [&](Policy policy) {
        return policy.host == host.name && apply(PolicySet{std::move(policy)});
    });
}

void Topology::read(FieldReader& in) {
    for (auto left = in.count(max_virtual_hosts); left > 0 && in.ok(); --left) read_host(in);
    read_all<User>(in, max_users, [&](User user) { return bool{apply(UserChanged{std::move(user)})}; });
    read_all<Permissions>(in, max_permissions,
                          [&](Permissions at) { return bool{apply(PermissionsSet{std::move(at)})}; });
    read_all<TopicPermissions>(in, max_permissions, [&](TopicPermissions at) {
        return bool{apply(TopicPermissionsSet{std::move(at)})};
    });
    next_queue_id_ = QueueId{in.number()};
    if (in.ok() && !has_good_ids()) in.fail();
}

void Topology::write_parameters(FieldWriter& out) const {
    write_all(out, parameters_);
}

void Topology::read_parameters(FieldReader& in) {
    read_all<Parameter>(in, max_parameters, [&](Parameter at) {
        return parameter(at.component, at.host, at.name) == nullptr && apply(ParameterSet{std::move(at)});
    });
}

// Every queue's id was given, and only once.
bool Topology::has_good_ids() const {
    std::vector<QueueId> ids;
    hosts_.for_each([&](const auto& state) {
        state->queues.for_each([&](const QueuePtr& queue) { ids.push_back(queue->id); });
    });
    std::ranges::sort(ids);
    const bool are_given = ids.empty() || (ids.front() >= QueueId{1} && ids.back() < next_queue_id_);
    return are_given && next_queue_id_ >= QueueId{1} && std::ranges::adjacent_find(ids) == ids.end();
}

}  // namespace weir::topology
