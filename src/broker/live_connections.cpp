// Every connection is asked on its own thread; the answer is whole once nobody holds the question any more.
#include "broker/live_connections.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>

namespace weir::broker {
namespace {

struct Found {
    std::mutex mutex;
    std::vector<LiveConnection> connections;

    void add(LiveConnection connection) {
        const std::lock_guard lock(mutex);
        connections.push_back(std::move(connection));
    }
};

// Fulfilled when the last one lets go of it, whether that has answered or not.
struct Question {
    std::promise<void> answered;
    ~Question() { answered.set_value(); }
};

}  // namespace

std::uint64_t LiveConnections::add(Handle handle) {
    const std::lock_guard lock(mutex_);
    handles_.emplace(++last_id_, std::move(handle));
    return last_id_;
}

void LiveConnections::remove(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    handles_.erase(id);
}

bool LiveConnections::close(std::uint64_t id, const std::string& why) {
    std::function<void(std::string)> close;
    {
        const std::lock_guard lock(mutex_);
        const auto at = handles_.find(id);
        if (at == handles_.end()) return false;
        close = at->second.close;
    }
    close(why);
    return true;
}

std::vector<LiveConnection> LiveConnections::list(std::int64_t timeout_ms) {
    const auto found = std::make_shared<Found>();
    auto question = std::make_shared<Question>();
    const auto answered = question->answered.get_future();
    for (const auto& [id, handle] : handles()) {
        handle.describe([found, question, its = id](LiveConnection connection) {
            connection.id = its;
            found->add(std::move(connection));
        });
    }
    question.reset();
    answered.wait_for(std::chrono::milliseconds{timeout_ms});
    const std::lock_guard lock(found->mutex);
    auto out = std::move(found->connections);
    std::ranges::sort(out, {}, &LiveConnection::id);
    return out;
}

std::size_t LiveConnections::count() const {
    const std::lock_guard lock(mutex_);
    return handles_.size();
}

void LiveConnections::set_low(const std::string& resources) {
    const std::lock_guard lock(mutex_);
    low_ = resources;
}

std::string LiveConnections::low() const {
    const std::lock_guard lock(mutex_);
    return low_;
}

std::vector<std::pair<std::uint64_t, LiveConnections::Handle>> LiveConnections::handles() const {
    const std::lock_guard lock(mutex_);
    return {handles_.begin(), handles_.end()};
}

}  // namespace weir::broker
