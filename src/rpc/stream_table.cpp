// Who waits for whom.
#include "rpc/stream_table.hpp"

#include "rpc/server_stream.hpp"

namespace weir::rpc {

namespace {

constexpr std::size_t max_entries = 4096;  // far more than a cluster's nodes have streams

void close_later(const std::shared_ptr<ServerStream>& stream, const Error& why) {
    stream->reactor().post([stream, why] { stream->close(why); });
}

}  // namespace

Result<void> StreamTable::claim(const Hello& hello, const std::shared_ptr<ServerStream>& stream,
                                std::function<void()> begin) {
    const std::lock_guard lock{mutex_};
    if (closed_) return Error{Errc::shutting_down, "the node is stopping"};
    const Key key{hello.from, hello.stream};
    if (!entries_.contains(key) && entries_.size() >= max_entries)
        return Error{Errc::limit_exceeded, "too many streams"};
    auto& entry = entries_[key];
    if (entry.incarnation == hello.incarnation && hello.attempt <= entry.attempt)
        return Error{Errc::not_authorized, "a newer stream of the same node is there already"};
    entry.incarnation = hello.incarnation;
    entry.attempt = hello.attempt;
    for (const auto& older : entry.claims)
        close_later(older.stream, {Errc::unavailable, "a newer stream of the same node took over"});
    entry.claims.push_back({stream, std::move(begin)});
    begin_if_alone(entry);
    return {};
}

void StreamTable::release(const Hello& hello, const ServerStream& stream) {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find({hello.from, hello.stream});
    if (found == entries_.end()) return;
    std::erase_if(found->second.claims, [&](const Claim& each) { return each.stream.get() == &stream; });
    begin_if_alone(found->second);
}

void StreamTable::begin_if_alone(Entry& entry) {
    if (entry.claims.size() != 1) return;
    auto& claim = entry.claims.front();
    if (claim.begin) claim.stream->reactor().post(std::exchange(claim.begin, nullptr));
}

void StreamTable::close_all() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    for (const auto& [key, entry] : entries_) {
        for (const auto& claim : entry.claims)
            close_later(claim.stream, {Errc::shutting_down, "the node is stopping"});
    }
}

}  // namespace weir::rpc
