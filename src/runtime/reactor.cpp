// Reactors on Boost.Asio's io_context, one thread each.
#include "runtime/reactor.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <thread>

#include "base/assert.hpp"
#include "runtime/reactor_impl.hpp"
#include "runtime/read_pace.hpp"

namespace weir::runtime {

namespace {

constexpr timespec nap_time{.tv_sec = 0, .tv_nsec = ReadPace::nap_us * 1000};
constexpr int tasks_before_nap = 256;  // after so many there is no time to sleep

thread_local const Reactor* current_reactor = nullptr;

class AsioTimer : public Timer {
  public:
    AsioTimer(boost::asio::io_context& context, std::int64_t delay_ms, Task task)
        : timer_(context, std::chrono::milliseconds(delay_ms)), alive_(std::make_shared<bool>(true)) {
        // A timer that has already expired when it is cancelled still calls back: `alive` tells.
        timer_.async_wait([alive = alive_, task = std::move(task)](const boost::system::error_code& error) {
            if (!error && *alive) task();
        });
    }
    ~AsioTimer() override { *alive_ = false; }
    void cancel() override {
        *alive_ = false;
        timer_.cancel();
    }

  private:
    boost::asio::steady_timer timer_;
    std::shared_ptr<bool> alive_;
};

}  // namespace

Reactor::Impl::Impl() : bell(context, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    listen();
}

void Reactor::Impl::post(Task task, bool is_own) {
    bool is_first = false;
    {
        const std::lock_guard lock(mutex);
        if (is_dropping) return;
        is_first = posted.empty();
        posted.push_back(std::move(task));
    }
    if (!is_first) return;
    is_own ? boost::asio::post(context, [this] { run_posted(); }) : ring();
}

void Reactor::Impl::ring() {
    const std::uint64_t once = 1;
    const auto written = ::write(bell.native_handle(), &once, sizeof once);
    ASSERT(written == sizeof once);
}

void Reactor::Impl::listen() {
    bell.async_read_some(boost::asio::buffer(&rings, sizeof rings),
                         [this](const boost::system::error_code& error, std::size_t) {
                             if (error) return;
                             listen();
                             run_posted();
                         });
}

void Reactor::Impl::run_posted() {
    {
        const std::lock_guard lock(mutex);
        running.swap(posted);
    }
    for (auto& task : running) std::exchange(task, {})();
    running.clear();
}

void Reactor::Impl::drop_posted() {
    std::vector<Task> dropped;
    const std::lock_guard lock(mutex);
    is_dropping = true;
    dropped.swap(posted);
}

void Reactor::Impl::nap() {
    int tasks = 0;
    while (tasks < tasks_before_nap && context.poll_one() > 0) ++tasks;
    pollfd ringing{.fd = bell.native_handle(), .events = POLLIN, .revents = 0};
    if (tasks < tasks_before_nap) ::ppoll(&ringing, 1, &nap_time, nullptr);
    for (auto& task : std::exchange(after_nap, {})) task();
}

Reactor::Reactor(unsigned index) : index_(index), impl_(std::make_unique<Impl>()) {}

// What goes with it may still want to post.
Reactor::~Reactor() {
    impl_->drop_posted();
}

void Reactor::post(Task task) {
    impl_->post(std::move(task), is_current());
}

void Reactor::at_end_of_turn(Task task) {
    impl_->end_of_turn.push_back(std::move(task));
    if (impl_->end_of_turn.size() > 1) return;
    boost::asio::post(impl_->context, [this] {
        auto tasks = std::exchange(impl_->end_of_turn, {});
        for (auto& each : tasks) each();
        tasks.clear();
        if (impl_->end_of_turn.empty()) impl_->end_of_turn = std::move(tasks);  // keep the capacity
    });
}

std::unique_ptr<Timer> Reactor::run_after(std::int64_t delay_ms, Task task) {
    return std::make_unique<AsioTimer>(impl_->context, delay_ms, std::move(task));
}

void Reactor::run() {
    current_reactor = this;
    auto& context = impl_->context;
    while (!context.stopped()) impl_->after_nap.empty() ? void(context.run_one()) : impl_->nap();
    current_reactor = nullptr;
}

void Reactor::stop() {
    impl_->context.stop();
}
bool Reactor::is_current() const {
    return current_reactor == this;
}

struct ReactorPool::Impl {
    std::vector<std::unique_ptr<Reactor>> reactors;
    std::vector<std::thread> threads;
    std::atomic<std::size_t> next{0};
};

ReactorPool::ReactorPool(unsigned count) : impl_(std::make_unique<Impl>()) {
    ASSERT(count >= 1 && count <= 64);
    for (unsigned i = 0; i < count; ++i) impl_->reactors.push_back(std::make_unique<Reactor>(i));
}

ReactorPool::~ReactorPool() {
    stop();
}

void ReactorPool::start() {
    for (auto& reactor : impl_->reactors) {
        impl_->threads.emplace_back([&reactor] {
            pthread_setname_np(pthread_self(), fmt::format("reactor-{}", reactor->index()).c_str());
            reactor->run();
        });
    }
}

void ReactorPool::stop() {
    for (auto& reactor : impl_->reactors) reactor->stop();
    if (impl_->threads.empty()) return;
    for (auto& thread : impl_->threads) thread.join();
    impl_->threads.clear();
    // What is ready still runs, here, before the connections close and after: nothing is left that refers to
    // another reactor, since they go one by one.
    const auto run_ready = [this] {
        for (auto& reactor : impl_->reactors) {
            reactor->impl().context.restart();
            reactor->impl().context.poll();
        }
    };
    run_ready();
    for (auto& reactor : impl_->reactors) {
        const auto closers = std::exchange(reactor->impl().closers, {});
        for (const auto& [connection, close] : closers) close();
    }
    run_ready();
    // What comes now would hold on to what may be gone before the reactors.
    for (auto& reactor : impl_->reactors) reactor->impl().drop_posted();
}

unsigned ReactorPool::size() const {
    return static_cast<unsigned>(impl_->reactors.size());
}
Reactor& ReactorPool::at(std::size_t index) {
    return *impl_->reactors.at(index);
}
Reactor& ReactorPool::next() {
    return *impl_->reactors[impl_->next++ % impl_->reactors.size()];
}

}  // namespace weir::runtime
