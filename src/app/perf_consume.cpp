// `weir perf consume`.
#include <atomic>
#include <limits>
#include <thread>

#include "app/interrupt.hpp"
#include "app/perf_command.hpp"
#include "app/perf_report.hpp"
#include "base/time.hpp"
#include "client/consumer.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

constexpr int record_poll_ms = 100;
constexpr std::uint64_t look_around = 256;  // records between two looks at what all have read

struct PerfConsumeOptions : PerfOptions {
    unsigned consumers = 1;
    bool follow = false;
};

// All consumers at work, each in its thread with its share of the partitions.
class ConsumeRun {
  public:
    ConsumeRun(const PerfConsumeOptions& options, const client::ConnectionOptions& connection)
        : options_(options), connection_(connection), meter_(options.server_pid) {}

    Result<int> run(const std::vector<client::TopicPartition>& partitions) {
        const auto count = std::min<std::size_t>(options_.consumers, partitions.size());
        std::vector<Result<void>> results(count);
        std::vector<std::thread> threads;
        if (options_.warmup == 0) start_meter();
        for (std::size_t i = 0; i < count; ++i) {
            std::vector<client::TopicPartition> mine;
            for (auto at = i; at < partitions.size(); at += count) mine.push_back(partitions[at]);
            threads.emplace_back([this, i, &results, mine = std::move(mine)] {
                results[i] = read(mine);
                if (!results[i]) stop_ = true;
            });
        }
        for (auto& thread : threads) thread.join();
        if (!started_) return started_.error();
        for (const auto& result : results) {
            if (!result) return result.error();
        }
        if (!is_measuring_) {
            return Error{
                Errc::invalid_argument,
                fmt::format("the topic has no more than the {} records of --warmup", options_.warmup)};
        }
        if (auto stopped = meter_.stop(); !stopped) return stopped.error();
        print_report({messages_ - warm_messages_, bytes_ - warm_bytes_, 0, meter_, {}}, options_.json);
        return exit_success;
    }

  private:
    void start_meter() {
        started_ = meter_.start();
        started_us_ = system_clock().monotonic_us();
        is_measuring_ = true;
    }

    bool is_over() const {
        if (stop_ || interrupted()) return true;
        const auto wanted = options_.messages.value_or(std::numeric_limits<std::uint64_t>::max());
        if (is_measuring_ && messages_ - warm_messages_ >= wanted) return true;
        const auto limit_us = static_cast<std::int64_t>(options_.duration_s * 1e6);
        return limit_us > 0 && is_measuring_ && system_clock().monotonic_us() - started_us_ >= limit_us;
    }

    // Adds to the total, and begins measuring once the warm-up has been read.
    void count(std::uint64_t messages, std::uint64_t bytes) {
        bytes_ += bytes;
        const auto before = messages_.fetch_add(messages);
        if (is_measuring_ || before + messages < options_.warmup) return;
        const std::lock_guard lock{mutex_};
        if (is_measuring_) return;
        warm_messages_ = messages_.load();
        warm_bytes_ = bytes_.load();
        start_meter();
    }

    Result<void> read(const std::vector<client::TopicPartition>& partitions) {
        auto consumer = client::Consumer::open(connection_);
        if (!consumer) return consumer.error();
        auto assigned = (*consumer)->assign(partitions, {});
        if (!assigned) return assigned;
        std::uint64_t messages = 0, bytes = 0;
        for (bool over = false; !over;) {
            const auto record = (*consumer)->poll(messages > 0 ? 0 : record_poll_ms);
            if (!record) return record.error();
            if (*record) {
                ++messages;
                bytes += (**record).payload_bytes();
                if (messages < look_around) continue;
            }
            count(std::exchange(messages, 0), std::exchange(bytes, 0));
            over = is_over() || (!options_.follow && (*consumer)->at_end());
        }
        return {};
    }

    const PerfConsumeOptions& options_;
    const client::ConnectionOptions& connection_;
    Meter meter_;
    Result<void> started_{};
    std::atomic<std::int64_t> started_us_ = 0;
    std::atomic<bool> is_measuring_ = false, stop_ = false;
    std::atomic<std::uint64_t> messages_ = 0, bytes_ = 0, warm_messages_ = 0, warm_bytes_ = 0;
    std::mutex mutex_;  // of starting to measure
};

Result<int> run_perf_consume(const PerfConsumeOptions& options) {
    const auto settings = connection_options(options);
    if (!settings) return settings.error();
    // Connected for the question alone, so that the run's own connections are all there is.
    const auto partitions = [&]() -> Result<std::vector<client::TopicPartition>> {
        const auto connection = connect(options);
        if (!connection) return connection.error();
        return client::partitions_of(**connection, options.topic);
    }();
    if (!partitions) return partitions.error();
    catch_interrupts();
    return ConsumeRun{options, *settings}.run(*partitions);
}

}  // namespace

void add_perf_consume(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("consume", "Read from the beginning as fast as it goes.");
    auto options = std::make_shared<PerfConsumeOptions>();
    add_perf_options(*command, options);
    command->add_option("--consumers", options->consumers, "Clients at once, sharing the partitions. [1]")
        ->check(CLI::Range(1u, 10'000u))
        ->type_name("N");
    command->add_flag("--follow", options->follow,
                      "Wait for more at the end, until --messages or --duration.");
    add_examples(*command,
                 "  weir perf consume -t load\n"
                 "  weir perf consume -t load --messages 1000000 --server-pid $(pidof weir) --json\n"
                 "\nStops at the end of the topic. Without --warmup the time includes connecting.");
    run_when_chosen(*command, action, std::move(options), run_perf_consume);
}

}  // namespace weir::app
