// A server's streams by node and number, so that a newer one is served only after the older one has ended.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "rpc/hello.hpp"

namespace weir::rpc {

class ServerStream;

// Safe from any thread.
class StreamTable {
  public:
    // Makes `stream` the one for its hello: those before it are closed, each on its reactor; once all of them
    // have ended, `begin` is called on the new one's reactor. Errors: not_authorized (a later attempt of the
    // same process came before: this one is left over), limit_exceeded, shutting_down.
    Result<void> claim(const Hello& hello, const std::shared_ptr<ServerStream>& stream,
                       std::function<void()> begin);
    // The stream has ended. Does nothing if it never claimed.
    void release(const Hello& hello, const ServerStream& stream);
    // Closes all streams, and refuses those to come.
    void close_all();

  private:
    struct Claim {
        std::shared_ptr<ServerStream> stream;
        std::function<void()> begin;  // null once called
    };
    struct Entry {
        std::uint64_t incarnation = 0;
        std::uint64_t attempt = 0;
        std::vector<Claim> claims;  // not yet ended; the last one is to be served
    };
    using Key = std::pair<NodeId, std::uint32_t>;

    static void begin_if_alone(Entry& entry);

    std::mutex mutex_;
    std::map<Key, Entry> entries_;
    bool closed_ = false;
};

}  // namespace weir::rpc
