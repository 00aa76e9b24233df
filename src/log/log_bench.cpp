// What the log costs: appends per second and CPU, acknowledgement times, recovery. A plain program with a
// table as its result: log_bench [directory], on the disk that is to be measured.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/log_line.hpp"
#include "log/log_store.hpp"
#include "support/batch_builder.hpp"

namespace weir::log {
namespace {

double cpu_seconds(int whose = RUSAGE_SELF) {
    rusage usage{};
    ::getrusage(whose, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double now() {
    return 1e-6 * static_cast<double>(system_clock().monotonic_us());
}

// Notes how long each append waited for its commit.
class Acknowledgements : public CommitListener {
  public:
    void on_commit(const Commit& commit) override {
        const auto at = now();
        const std::lock_guard lock{mutex_};
        ticket_ = commit.ticket;
        failed_ += commit.failed.size();
        ++commits_;
        while (!waiting_.empty() && waiting_.front().first <= ticket_) {
            times_.push_back(at - waiting_.front().second);
            waiting_.pop_front();
        }
        moved_.notify_all();
    }
    void sent(Ticket ticket, double at) {
        const std::lock_guard lock{mutex_};
        if (ticket <= ticket_) {
            times_.push_back(now() - at);
        } else {
            waiting_.emplace_back(ticket, at);
        }
    }
    void wait_until_at_most(std::size_t waiting) {
        std::unique_lock lock{mutex_};
        moved_.wait(lock, [&] { return waiting_.size() <= waiting; });
    }
    double quantile_ms(double q) {
        std::ranges::sort(times_);
        return times_.empty()
                   ? 0
                   : 1000 * times_[static_cast<std::size_t>(q * static_cast<double>(times_.size() - 1))];
    }
    std::size_t commits_ = 0, failed_ = 0;

  private:
    std::mutex mutex_;
    std::condition_variable moved_;
    Ticket ticket_ = 0;
    std::deque<std::pair<Ticket, double>> waiting_;
    std::vector<double> times_;
};

struct Load {
    std::string name;
    int partitions = 1;
    std::size_t bytes = 1024;
    double per_second = 0;  // 0: as fast as possible
    std::size_t in_flight = 1 << 20;
    std::size_t appends = 100'000;
    Durability durability = Durability::journal;
};

std::unique_ptr<LogStore> open(const std::string& directory, CommitListener& listener) {
    StoreOptions options;
    options.directory = directory;
    options.max_open_files = 15'000;
    return LogStore::open(options, runtime::posix_file_system(), system_clock(), listener).value();
}

LogKey key_of(int partition) {
    return {Uuid::from_random(1, 1), PartitionId{partition}};
}

std::vector<std::shared_ptr<PartitionLog>> open_logs(LogStore& store, int count, Durability durability) {
    LogConfig config;
    config.durability = durability;
    std::vector<std::shared_ptr<PartitionLog>> logs;
    for (int i = 0; i < count; ++i) logs.push_back(store.open_log(key_of(i), "bench", config).value());
    return logs;
}

void run(const std::string& directory, const Load& load) {
    std::filesystem::remove_all(directory);
    Acknowledgements acks;
    auto store = open(directory, acks);
    const auto logs = open_logs(*store, load.partitions, load.durability);
    const auto batch = test::make_batch({.records = 1, .bytes = load.bytes - batch_header_size, .seed = 1});
    for (const auto& log : logs)
        (void)log->append(test::shared(Bytes{batch}), LeaderEpoch{0}, 0);  // files exist
    while (logs.back()->durable_end() == Offset{0}) std::this_thread::yield();
    const auto commits = acks.commits_;
    const auto began = now();
    const auto cpu = cpu_seconds() - cpu_seconds(RUSAGE_THREAD);
    std::uint64_t random = 1;
    for (std::size_t i = 0; i < load.appends; ++i) {
        if (load.per_second > 0) {
            const auto due = began + static_cast<double>(i) / load.per_second;
            if (due - now() > 0.0002) std::this_thread::sleep_for(std::chrono::microseconds{200});
            while (now() < due) std::this_thread::yield();
        }
        acks.wait_until_at_most(load.in_flight - 1);
        random = random * 6364136223846793005u + 1442695040888963407u;
        const auto& log = logs[(random >> 33) % logs.size()];
        const auto at = now();
        acks.sent(log->append(test::shared(Bytes{batch}), LeaderEpoch{0}, 0).value().ticket, at);
    }
    acks.wait_until_at_most(0);
    const auto took = now() - began;
    const auto used = cpu_seconds() - cpu_seconds(RUSAGE_THREAD) - cpu;  // of the store's threads
    const auto gigabytes = 1e-9 * static_cast<double>(load.appends * load.bytes);
    std::printf("| %-34s | %8.0f | %7.1f | %6.2f | %6.2f | %7.2f | %6.0f | %6.2f |\n", load.name.c_str(),
                static_cast<double>(load.appends) / took, 1000 * gigabytes / took, acks.quantile_ms(0.5),
                acks.quantile_ms(0.99), 1e6 * used / static_cast<double>(load.appends),
                static_cast<double>(acks.commits_ - commits) / took, used / gigabytes);
    std::fflush(stdout);
    (void)store->stop();
}

// Fills the journal and ends without a checkpoint, as kill -9 would.
void fill_journal(const std::string& directory, int partitions, std::size_t bytes) {
    if (const auto child = ::fork(); child != 0) {
        int status = 0;
        ::waitpid(child, &status, 0);
        return;
    }
    Acknowledgements acks;
    StoreOptions options;
    options.directory = directory;
    options.checkpoint_bytes = std::uint64_t{4} << 30;
    options.max_open_files = 15'000;
    auto store = LogStore::open(options, runtime::posix_file_system(), system_clock(), acks).value();
    const auto logs = open_logs(*store, partitions, Durability::journal);
    const auto batch = test::make_batch({.records = 1, .bytes = 1024 - batch_header_size, .seed = 1});
    Ticket last = 0;
    for (std::size_t i = 0; i < bytes / batch.size(); ++i) {
        last = logs[i % logs.size()]->append(test::shared(Bytes{batch}), LeaderEpoch{0}, 0).value().ticket;
        if (i % 10'000 == 0) {
            while (store->committed() + 1 < last) std::this_thread::yield();
        }
    }
    while (store->committed() < last) std::this_thread::yield();
    ::_exit(0);
}

void recovery(const std::string& directory, int partitions, std::size_t bytes) {
    std::filesystem::remove_all(directory);
    fill_journal(directory, partitions, bytes);
    ::sync();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (!entry.is_regular_file()) continue;
        auto file = runtime::posix_file_system().open(entry.path(), runtime::OpenMode::read).value();
        file->drop_cache(0, 0);
    }
    Acknowledgements acks;
    const auto began = now();
    const auto cpu = cpu_seconds();
    auto store = open(directory, acks);
    std::printf("recovery: %d partitions, %zu MB of journal, file pages dropped: %.2f s, %.2f CPU s\n",
                partitions, bytes >> 20, now() - began, cpu_seconds() - cpu);
    const auto stopping = now();
    (void)store->stop();
    store.reset();
    const auto starting = now();
    store = open(directory, acks);
    std::printf("orderly stop %.2f s, start after it %.3f s\n", starting - stopping, now() - starting);
    store.reset();
    std::filesystem::remove_all(directory);
    const auto empty = now();
    store = open(directory, acks);
    std::printf("start on an empty directory %.1f ms\n", 1000 * (now() - empty));
    store.reset();
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace weir::log

int main(int count, char** arguments) {
    using namespace weir::log;
    weir::set_log_level(weir::LogLevel::warning);
    const std::string directory = std::string{count > 1 ? arguments[1] : "."} + "/log-bench-data";
    std::printf("| %-34s | %8s | %7s | %6s | %6s | %7s | %6s | %6s |\n", "load", "app/s", "MB/s", "p50 ms",
                "p99 ms", "us/app", "syncs/s", "s/GB");
    run(directory, {.name = "1 KiB, 20,000/s, 1 partition", .per_second = 20'000});
    run(directory, {.name = "1 KiB, 20,000/s, 1,000 partitions", .partitions = 1000, .per_second = 20'000});
    run(directory,
        {.name = "1 KiB, 20,000/s, 10,000 partitions", .partitions = 10'000, .per_second = 20'000});
    run(directory, {.name = "1 KiB, closed loop, 1 in flight", .in_flight = 1, .appends = 5'000});
    run(directory, {.name = "1 KiB, closed loop, 10 in flight", .in_flight = 10, .appends = 30'000});
    run(directory, {.name = "1 KiB, closed loop, 100 in flight", .in_flight = 100});
    run(directory, {.name = "1 KiB, 10,000 in flight, 1 part.", .in_flight = 10'000, .appends = 500'000});
    run(directory, {.name = "1 KiB, 10,000 in flight, 1,000 p.",
                    .partitions = 1000,
                    .in_flight = 10'000,
                    .appends = 500'000});
    run(directory, {.name = "64 KiB, 64 in flight, 16 part.",
                    .partitions = 16,
                    .bytes = 65'536,
                    .in_flight = 64,
                    .appends = 20'000});
    run(directory, {.name = "1 MiB, 16 in flight, 16 part.",
                    .partitions = 16,
                    .bytes = 1 << 20,
                    .in_flight = 16,
                    .appends = 2'000});
    run(directory, {.name = "64 KiB, 64 in flight, page cache",
                    .partitions = 16,
                    .bytes = 65'536,
                    .in_flight = 64,
                    .appends = 20'000,
                    .durability = Durability::page_cache});
    recovery(directory, 10'000, std::size_t{512} << 20);
    return 0;
}
