// What calls between nodes cost, plain and over TLS: small calls a second, and CPU time per GB of replies of
// 1 MiB from a file. A plain program with a table as its result; each side has one thread.

#include <malloc.h>

#include <cstdio>
#include <ctime>
#include <future>

#include "base/log_line.hpp"
#include "rpc/peer.hpp"
#include "rpc/server.hpp"
#include "support/certificates.hpp"
#include "support/temporary_directory.hpp"

namespace weir::rpc {
namespace {

constexpr Method echo{1}, fetch{2};
constexpr std::size_t fetch_bytes = 1 << 20;
constexpr NodeId server_node{1}, caller_node{2};

double seconds(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The CPU time that a pool's only thread has used.
double cpu_seconds(runtime::ReactorPool& pool) {
    std::promise<double> used;
    pool.at(0).post([&] { used.set_value(seconds(CLOCK_THREAD_CPUTIME_ID)); });
    return used.get_future().get();
}

class Bench {
  public:
    explicit Bench(bool tls) : tls_(tls) {
        file_ = runtime::posix_file_system().open(directory_.path("f"), runtime::OpenMode::create).value();
        (void)file_->write(0, Bytes(fetch_bytes, 'x')).value();
        server_ = Server::open({.node = node(server_node), .endpoint = {"127.0.0.1", 0}}, methods(), budget_,
                               server_pool_, system_clock())
                      .value();
        server_pool_.start();
        caller_pool_.start();
        std::promise<void> ready;
        peer_ = Peer::open({.self = node(caller_node),
                            .node = server_node,
                            .endpoint = server_->endpoint(),
                            .on_change =
                                [&](StreamChange change) {
                                    if (change == StreamChange::ready) ready.set_value();
                                }},
                           caller_pool_.at(0), budget_, system_clock(), system_random())
                    .value();
        ready.get_future().wait();
    }
    ~Bench() {
        peer_.reset();
        caller_pool_.stop();
        server_.reset();
        server_pool_.stop();
    }

    // `count` calls with `in_flight` at once; prints a line.
    void run(const char* what, Method method, std::size_t body_bytes, std::size_t count,
             std::size_t in_flight, std::size_t reply_bytes) {
        const double start = seconds(CLOCK_MONOTONIC);
        const double server_start = cpu_seconds(server_pool_), caller_start = cpu_seconds(caller_pool_);
        std::promise<void> done;
        std::size_t begun = 0, ended = 0;
        std::function<void()> next = [&] {
            if (begun++ >= count) return;
            peer_->call(method, Bytes(body_bytes), 60'000, [&](auto answer) {
                (void)answer.value();
                next();
                if (++ended == count) done.set_value();
            });
        };
        caller_pool_.at(0).post([&] {
            for (std::size_t i = 0; i < in_flight; ++i) next();
        });
        done.get_future().wait();
        const double took = seconds(CLOCK_MONOTONIC) - start;
        const double server_cpu = cpu_seconds(server_pool_) - server_start;
        const double caller_cpu = cpu_seconds(caller_pool_) - caller_start;
        const double n = static_cast<double>(count);
        const double gb = n * static_cast<double>(reply_bytes) / 1e9;
        std::printf(
            "%-6s %-34s %9.0f calls/s %7.2f GB/s  server %6.2f us/call %6.3f s/GB  caller %6.2f us/call "
            "%6.3f s/GB\n",
            tls_ ? "tls" : "plain", what, n / took, gb / took, 1e6 * server_cpu / n, server_cpu / gb,
            1e6 * caller_cpu / n, caller_cpu / gb);
    }

  private:
    LocalNode node(NodeId id) {
        LocalNode made{.cluster_id = cluster_id_, .id = id, .incarnation = 1, .tls = nullptr};
        if (tls_) made.tls = authority_.context("node", {certified_uri({cluster_id_, id})});
        return made;
    }
    Methods methods() {
        Methods made;
        made.on_request(
            echo, [](auto request) { request->reply({request->body().begin(), request->body().end()}); });
        made.on_request(fetch,
                        [this](auto request) { request->reply(Bytes(64), {{file_, 0, fetch_bytes}}); });
        return made;
    }

    bool tls_;
    const Uuid cluster_id_ = Uuid::from_random(1, 2);
    test::TestAuthority authority_;
    test::TemporaryDirectory directory_;
    std::shared_ptr<runtime::File> file_;
    runtime::MemoryBudget budget_{std::size_t{1} << 30};
    runtime::ReactorPool server_pool_{1}, caller_pool_{1};
    std::unique_ptr<Server> server_;
    std::unique_ptr<Peer> peer_;
};

void run_all() {
    set_log_level(LogLevel::warning);
    mallopt(M_MMAP_THRESHOLD, 64 << 20);  // as the server does
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    for (const bool tls : {false, true}) {
        Bench bench{tls};
        bench.run("100 bytes, 1 in flight", echo, 100, 50'000, 1, 100);
        bench.run("100 bytes, 64 in flight", echo, 100, 500'000, 64, 100);
        bench.run("1 MiB of a file, 1 in flight", fetch, 100, 4'000, 1, fetch_bytes);
        bench.run("1 MiB of a file, 4 in flight", fetch, 100, 8'000, 4, fetch_bytes);
    }
}

}  // namespace
}  // namespace weir::rpc

int main() {
    weir::rpc::run_all();
}
