// Each session does on its own reactor what all of them are told.
#include "protocols/amqp/sessions.hpp"

#include "protocols/amqp/session.hpp"

namespace weir::amqp {

std::string Sessions::add(const std::shared_ptr<AmqpSession>& session) {
    const std::lock_guard lock(mutex_);
    sessions_[session.get()] = session;
    return low_;
}

void Sessions::remove(const AmqpSession* session) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
    changed_.notify_all();
}

std::size_t Sessions::count() const {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
}

std::vector<std::shared_ptr<AmqpSession>> Sessions::all() const {
    std::vector<std::shared_ptr<AmqpSession>> found;
    for (const auto& [address, session] : sessions_) {
        if (auto alive = session.lock()) found.push_back(std::move(alive));
    }
    return found;
}

void Sessions::set_low(const std::string& resources) {
    const std::lock_guard lock(mutex_);
    low_ = resources;
    for (const auto& session : all())
        session->reactor().post([session, resources] { session->set_low(resources); });
}

void Sessions::shut_down(const std::string& why) {
    const std::lock_guard lock(mutex_);
    for (const auto& session : all()) session->reactor().post([session, why] { session->shut_down(why); });
}

bool Sessions::wait_until_none(std::int64_t limit_ms) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds{limit_ms}, [this] { return sessions_.empty(); });
}

}  // namespace weir::amqp
