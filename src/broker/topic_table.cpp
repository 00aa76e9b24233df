// The table of topics: many readers, a writer now and then.
#include "broker/topic_table.hpp"

namespace weir::broker {

std::shared_ptr<const Topic> TopicTable::find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

std::shared_ptr<const Topic> TopicTable::find(const Uuid& id) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const Topic>> TopicTable::all() const {
    std::vector<std::shared_ptr<const Topic>> topics;
    {
        const std::shared_lock lock(mutex_);
        for (const auto& [name, topic] : by_name_) topics.push_back(topic);
    }
    std::sort(topics.begin(), topics.end(),
              [](const auto& a, const auto& b) { return a->name() < b->name(); });
    return topics;
}

std::size_t TopicTable::size() const {
    const std::shared_lock lock(mutex_);
    return by_name_.size();
}

void TopicTable::put(std::shared_ptr<const Topic> topic) {
    const std::unique_lock lock(mutex_);
    by_id_[topic->id()] = topic;
    by_name_[topic->name()] = std::move(topic);
}

void TopicTable::remove(const Uuid& id) {
    const std::unique_lock lock(mutex_);
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    const auto named = by_name_.find(found->second->name());
    if (named != by_name_.end() && named->second->id() == id) by_name_.erase(named);
    by_id_.erase(found);
}

}  // namespace weir::broker
