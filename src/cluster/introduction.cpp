// A new node's first question to a cluster.
#include <future>
#include <thread>

#include "base/log_line.hpp"
#include "cluster/membership.hpp"
#include "cluster/stream_numbers.hpp"
#include "rpc/hello.hpp"

namespace weir::cluster {

namespace {

constexpr std::int64_t attempt_ms = 2000;
constexpr std::chrono::milliseconds pause{250};

Result<Introduction> ask_once(rpc::Peer& peer) {
    std::promise<Result<Introduction>> outcome;
    peer.call(introduce_method, {}, attempt_ms, [&](const Result<std::shared_ptr<rpc::Frame>>& frame) {
        outcome.set_value(frame ? decode_introduction((*frame)->body())
                                : Result<Introduction>{frame.error()});
    });
    return outcome.get_future().get();
}

}  // namespace

Result<Introduction> introduce(const rpc::LocalNode& self, const runtime::Endpoint& endpoint, LinkSeams seams,
                               std::int64_t limit_ms) {
    auto peer = rpc::Peer::open(
        {.self = self, .node = rpc::any_node, .endpoint = endpoint, .stream = introduction_stream},
        seams.reactor, seams.budget, seams.clock, seams.random);
    if (!peer) return peer.error();
    const auto end_ms = seams.clock.monotonic_ms() + limit_ms;
    for (;;) {
        auto introduction = ask_once(**peer);
        if (introduction && introduction->leader) return introduction;
        const auto why = introduction ? std::string{"nobody leads the cluster at the moment"}
                                      : introduction.error().message;
        if (seams.clock.monotonic_ms() > end_ms) {
            return Error{Errc::timed_out, fmt::format("no cluster answers at {}: {}", endpoint.text(), why)};
        }
        log_info("waiting for the cluster at {}: {}", endpoint.text(), why);
        std::this_thread::sleep_for(pause);  // between two attempts
    }
}

}  // namespace weir::cluster
