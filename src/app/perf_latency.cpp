// `weir perf latency`: from the call that sends a record to the consumer that has it.
#include <limits>
#include <random>
#include <thread>

#include "app/interrupt.hpp"
#include "app/perf_command.hpp"
#include "app/perf_report.hpp"
#include "app/perf_sender.hpp"
#include "app/producer_options.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "client/consumer.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

constexpr std::uint64_t usual_measured = 10'000;
constexpr int latency_poll_ms = 100;
constexpr std::int64_t read_patience_us = 10'000'000;  // for the last records, after the last answer

struct LatencyOptions : PerfOptions {
    std::size_t size = 1024;
    double rate = 1000;
    client::ProducerSettings settings{.linger_ms = 0};
};

struct Readings {
    Histogram latencies;  // microseconds
    std::uint64_t bytes = 0;
};

// Reads until it has seen `*expected` of this run's records; it is set once all have been sent.
Result<Readings> read_stamped(client::Consumer& consumer, std::uint64_t stamp,
                              const std::atomic<std::uint64_t>& expected) {
    constexpr auto unknown = std::numeric_limits<std::uint64_t>::max();
    Readings readings;
    auto last_progress = system_clock().monotonic_us();
    while (readings.latencies.count() < expected && !interrupted()) {
        const auto read = consumer.poll(latency_poll_ms);
        if (!read) return read.error();
        const auto now = system_clock().monotonic_us();
        if (!*read) {
            if (expected == unknown) last_progress = now;
            if (now - last_progress < read_patience_us) continue;
            return Error{Errc::timed_out, fmt::format("only {} of {} records came back",
                                                      readings.latencies.count(), expected.load())};
        }
        const auto value = as_bytes((**read).value());
        if (value.size() < stamp_bytes || load_little<std::uint64_t>(value.data()) != stamp) continue;
        readings.latencies.record(now - load_little<std::int64_t>(value.data() + 8));
        readings.bytes += (**read).payload_bytes();
        last_progress = now;
    }
    return readings;
}

SenderPlan plan_of(const LatencyOptions& options) {
    SenderPlan plan{.topic = options.topic, .size = options.size, .rate = options.rate};
    plan.messages = options.messages.value_or(
        options.duration_s > 0 ? std::numeric_limits<std::uint64_t>::max() : usual_measured);
    plan.duration_us = static_cast<std::int64_t>(options.duration_s * 1e6);
    plan.stamp_values = true;
    plan.stamp = std::uint64_t{std::random_device{}()} << 32 | std::random_device{}();
    return plan;
}

Result<std::unique_ptr<client::Consumer>> open_at_end(const client::ConnectionOptions& settings,
                                                      const std::string& topic) {
    auto consumer = client::Consumer::open(settings);
    if (!consumer) return consumer.error();
    const auto partitions = client::partitions_of((*consumer)->connection(), topic);
    if (!partitions) return partitions.error();
    const auto ends = client::list_offsets((*consumer)->connection(), *partitions, client::latest);
    if (!ends) return ends.error();
    if (auto assigned = (*consumer)->assign(*ends); !assigned) return assigned.error();
    return consumer;
}

Result<int> run_latency(const LatencyOptions& options) {
    const auto settings = connection_options(options);
    if (!settings) return settings.error();
    const auto consumer = open_at_end(*settings, options.topic);
    if (!consumer) return consumer.error();
    auto sender = PerfSender::open(*settings, options.settings);
    if (!sender) return sender.error();
    catch_interrupts();
    auto plan = plan_of(options);
    if (options.warmup > 0) {
        auto warmup = plan;
        warmup.messages = options.warmup;
        warmup.stamp = ~plan.stamp;
        if (auto warm = (*sender)->run(warmup); !warm) return warm.error();
        (*sender)->reset();
    }

    Meter meter{options.server_pid};
    if (auto started = meter.start(); !started) return started.error();
    std::atomic<std::uint64_t> expected = std::numeric_limits<std::uint64_t>::max();
    Result<void> sent{};
    std::thread sending{[&] {
        sent = (*sender)->run(plan);
        expected = (*sender)->delivered();
    }};
    const auto readings = read_stamped(**consumer, plan.stamp, expected);
    sending.join();
    if (!sent) return sent.error();
    if (!readings) return readings.error();
    if (auto stopped = meter.stop(); !stopped) return stopped.error();
    print_report({readings->latencies.count(),
                  readings->bytes,
                  (*sender)->failed(),
                  meter,
                  {{"end-to-end", readings->latencies}, {"ack", (*sender)->latencies()}}},
                 options.json);
    if ((*sender)->first_error()) return *(*sender)->first_error();
    return exit_success;
}

}  // namespace

void add_perf_latency(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("latency", "Time records from a producer to a consumer.");
    auto options = std::make_shared<LatencyOptions>();
    add_perf_options(*command, options);
    command->add_option("--size,-s", options->size, "The bytes of each value. [1024]")
        ->check(CLI::Range(static_cast<int>(stamp_bytes), 100'000'000))
        ->type_name("BYTES");
    command->add_option("--rate,-r", options->rate, "Messages a second. [1000]")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    add_producer_options(*command, options->settings);
    add_examples(*command,
                 "  weir perf latency -t load\n"
                 "  weir perf latency -t load --rate 20000 --duration 30 --warmup 10000 --json\n"
                 "\nOne producer and one consumer. --linger-ms is 0 here unless given.");
    run_when_chosen(*command, action, std::move(options), run_latency);
}

}  // namespace weir::app
