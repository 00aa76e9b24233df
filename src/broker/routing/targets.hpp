// Destinations of bindings, as an exchange's tables hold them: once for each binding, so that each can be
// taken out again.
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "metadata/topology/topology.hpp"

namespace weir::routing {

// Ordered, with repetitions.
struct Targets {
    std::vector<QueueId> queues;
    std::vector<std::string> exchanges;
    std::vector<std::string> topics;

    bool empty() const { return queues.empty() && exchanges.empty() && topics.empty(); }
    std::size_t size() const { return queues.size() + exchanges.size() + topics.size(); }

    void add(const topology::Binding& binding) {
        change(binding, [](auto& list, const auto& value) {
            list.insert(std::ranges::upper_bound(list, value), value);
        });
    }
    // It must have been added.
    void remove(const topology::Binding& binding) {
        change(binding, [](auto& list, const auto& value) {
            const auto at = std::ranges::lower_bound(list, value);
            ASSERT(at != list.end() && *at == value);
            list.erase(at);
        });
    }

  private:
    template <class Action>
    void change(const topology::Binding& binding, Action action) {
        switch (binding.kind) {
            case topology::DestinationKind::queue: return action(queues, binding.queue);
            case topology::DestinationKind::exchange: return action(exchanges, binding.destination);
            case topology::DestinationKind::topic: return action(topics, binding.destination);
        }
    }
};

// Not just equal: two bindings may differ in the width of an argument only.
inline bool is_same(const topology::Binding& a, const topology::Binding& b) {
    return topology::BySource::key(a) == topology::BySource::key(b);
}

// What an exchange gives to a message: a step of the way. Not ordered, with repetitions.
struct Step {
    boost::container::small_vector<QueueId, 16> queues;
    boost::container::small_vector<std::string_view, 4>
        exchanges;  // they live as long as the exchange's tables
    boost::container::small_vector<std::string_view, 4> topics;

    void add(const Targets& targets) {
        queues.insert(queues.end(), targets.queues.begin(), targets.queues.end());
        exchanges.insert(exchanges.end(), targets.exchanges.begin(), targets.exchanges.end());
        topics.insert(topics.end(), targets.topics.begin(), targets.topics.end());
    }
    void add(const topology::Binding& binding) {
        switch (binding.kind) {
            case topology::DestinationKind::queue: queues.push_back(binding.queue); break;
            case topology::DestinationKind::exchange: exchanges.push_back(binding.destination); break;
            case topology::DestinationKind::topic: topics.push_back(binding.destination); break;
        }
    }
    bool empty() const { return queues.empty() && exchanges.empty() && topics.empty(); }
    void clear() { queues.clear(), exchanges.clear(), topics.clear(); }
};

}  // namespace weir::routing
