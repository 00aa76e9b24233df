// `weir perf produce`.
#include <barrier>
#include <limits>
#include <thread>

#include "app/interrupt.hpp"
#include "app/perf_command.hpp"
#include "app/perf_report.hpp"
#include "app/perf_sender.hpp"
#include "app/producer_options.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

constexpr std::uint64_t usual_produced = 1'000'000;

struct PerfProduceOptions : PerfOptions {
    std::size_t size = 1024;
    double rate = 0;
    unsigned producers = 1;
    bool round_robin = false;
    client::ProducerSettings settings;
};

// The share of `total` that falls to number `index` of `count`.
std::uint64_t share(std::uint64_t total, unsigned index, unsigned count) {
    return total / count + (index < total % count ? 1 : 0);
}

SenderPlan plan_of(const PerfProduceOptions& options, std::int32_t partitions, unsigned index) {
    SenderPlan plan{.topic = options.topic, .size = options.size};
    const auto unlimited = std::numeric_limits<std::uint64_t>::max();
    const auto total = options.messages.value_or(options.duration_s > 0 ? unlimited : usual_produced);
    plan.messages = total == unlimited ? total : share(total, index, options.producers);
    plan.duration_us = static_cast<std::int64_t>(options.duration_s * 1e6);
    plan.partitions = options.round_robin ? partitions : 0;
    if (options.rate > 0) {
        plan.rate = options.rate / options.producers;
        plan.first_due_us = static_cast<std::int64_t>(index * 1e6 / options.rate);
    }
    return plan;
}

// All producers at work, each in its thread, with one clock around them.
class ProduceRun {
  public:
    ProduceRun(const PerfProduceOptions& options, const client::ConnectionOptions& connection,
               std::int32_t partitions)
        : options_(options),
          connection_(connection),
          partitions_(partitions),
          meter_(options.server_pid),
          start_line_(options.producers, Starter{this}),
          results_(options.producers) {}

    Result<int> run() {
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < options_.producers; ++i) {
            threads.emplace_back([this, i] { results_[i] = work(i); });
        }
        for (auto& thread : threads) thread.join();
        if (!started_) return started_.error();
        for (const auto& result : results_) {
            if (!result) return result.error();
        }
        if (auto stopped = meter_.stop(); !stopped) return stopped.error();
        return report();
    }

  private:
    struct Starter {
        ProduceRun* run;
        void operator()() noexcept { run->started_ = run->meter_.start(); }
    };

    Result<void> work(unsigned index) {
        auto sender = PerfSender::open(connection_, options_.settings);
        Result<void> done{};
        if (!sender) done = sender.error();
        auto plan = plan_of(options_, partitions_, index);
        if (done && options_.warmup > 0) {
            auto warmup = plan;
            warmup.messages = share(options_.warmup, index, options_.producers);
            warmup.rate = 0;
            done = (*sender)->run(warmup);
            (*sender)->reset();
        }
        start_line_.arrive_and_wait();  // the others must not wait for one that failed
        if (done) done = (*sender)->run(plan);
        if (sender) collect(**sender);
        return done;
    }

    void collect(const PerfSender& sender) {
        const std::lock_guard lock{mutex_};
        latencies_.add(sender.latencies());
        delivered_ += sender.delivered();
        failed_ += sender.failed();
        if (sender.first_error() && !first_error_) first_error_ = sender.first_error();
    }

    Result<int> report() {
        const PerfReport report{
            delivered_, delivered_ * options_.size, failed_, meter_, {{"ack", latencies_}}};
        print_report(report, options_.json);
        if (first_error_) {
            return Error{first_error_->code,
                         fmt::format("{} messages failed: {}", failed_, first_error_->message)};
        }
        return exit_success;
    }

    const PerfProduceOptions& options_;
    const client::ConnectionOptions& connection_;
    std::int32_t partitions_;
    Meter meter_;
    Result<void> started_{};
    std::barrier<Starter> start_line_;
    std::vector<Result<void>> results_;
    std::mutex mutex_;  // guards what follows
    Histogram latencies_;
    std::uint64_t delivered_ = 0, failed_ = 0;
    std::optional<Error> first_error_;
};

Result<int> run_perf_produce(const PerfProduceOptions& options) {
    const auto settings = connection_options(options);
    if (!settings) return settings.error();
    std::int32_t partitions = 0;
    {
        const auto connection = connect(options);
        if (!connection) return connection.error();
        const auto topic = client::describe_topic(**connection, options.topic);
        if (!topic) {
            return Error{topic.error().code, fmt::format("{}; `weir topic create {}` makes it",
                                                         topic.error().message, options.topic)};
        }
        partitions = static_cast<std::int32_t>(topic->partitions.size());
    }
    catch_interrupts();
    return ProduceRun{options, *settings, partitions}.run();
}

}  // namespace

void add_perf_produce(CLI::App& family, Action& action) {
    auto* command =
        family.add_subcommand("produce", "Send as fast as it goes, or at a rate; time the answers.");
    auto options = std::make_shared<PerfProduceOptions>();
    add_perf_options(*command, options);
    command->add_option("--size,-s", options->size, "The bytes of each value. [1024]")
        ->check(CLI::Range(0, 100'000'000))
        ->type_name("BYTES");
    command->add_option("--rate,-r", options->rate, "Messages a second in all; default: as fast as it goes.")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    command
        ->add_option("--producers", options->producers, "Clients at once, each with its own connections. [1]")
        ->check(CLI::Range(1u, 10'000u))
        ->type_name("N");
    command->add_flag("--round-robin", options->round_robin,
                      "To each partition in turn, not in runs to one.");
    add_producer_options(*command, options->settings);
    add_examples(
        *command,
        "  weir perf produce -t load --messages 1000000\n"
        "  weir perf produce -t load --rate 20000 --duration 30 --linger-ms 0 --server-pid $(pidof weir)\n"
        "  weir perf produce -t load -b other:9092 --producers 100 --idempotent --json\n"
        "\nLatency is from the call that sends to the broker's answer; with --rate from when the message "
        "was\n"
        "due. Values are random capital letters.");
    run_when_chosen(*command, action, std::move(options), run_perf_produce);
}

}  // namespace weir::app
