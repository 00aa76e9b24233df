// Rates, percentiles and CPU seconds, for people or as JSON.
#include "app/perf_report.hpp"

#include <nlohmann/json.hpp>

#include "app/terminal.hpp"
#include "base/time.hpp"

namespace weir::app {

namespace {

constexpr double mega = 1e6, giga = 1e9;

double per(double amount, double unit_count) {
    return unit_count > 0 ? amount / unit_count : 0;
}

constexpr std::pair<const char*, double> percentiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

nlohmann::ordered_json latency_json(const Histogram& histogram) {
    nlohmann::ordered_json out{{"mean_us", histogram.mean()}};
    for (const auto& [name, fraction] : percentiles) {
        out[std::string{name} + "_us"] = histogram.percentile(fraction);
    }
    out["max_us"] = histogram.max();
    out["count"] = histogram.count();
    return out;
}

void print_json(const PerfReport& report) {
    const auto messages = static_cast<double>(report.messages), bytes = static_cast<double>(report.bytes);
    const auto& meter = report.meter;
    nlohmann::ordered_json out{{"messages", report.messages},
                               {"bytes", report.bytes},
                               {"failed", report.failed},
                               {"seconds", meter.seconds()},
                               {"messages_per_second", per(messages, meter.seconds())},
                               {"megabytes_per_second", per(bytes / mega, meter.seconds())},
                               {"client_cpu_seconds", meter.client_cpu_seconds()}};
    for (const auto& [name, histogram] : report.latencies) out[name + "_latency"] = latency_json(histogram);
    if (meter.has_server()) {
        out["server_cpu_seconds"] = meter.server_cpu_seconds();
        out["server_cpu_seconds_per_million_messages"] = per(meter.server_cpu_seconds(), messages / mega);
        out["server_cpu_seconds_per_gigabyte"] = per(meter.server_cpu_seconds(), bytes / giga);
        out["server_peak_resident_bytes"] = meter.server_peak_bytes();
    }
    fmt::print("{}\n", out.dump(2));
}

void print_text(const PerfReport& report) {
    const auto messages = static_cast<double>(report.messages), bytes = static_cast<double>(report.bytes);
    const auto& meter = report.meter;
    fmt::print("{} messages, {:.1f} MB in {:.2f} s\n", report.messages, bytes / mega, meter.seconds());
    fmt::print("{}\n", bold(fmt::format("{:.0f} msg/s, {:.2f} MB/s", per(messages, meter.seconds()),
                                        per(bytes / mega, meter.seconds()))));
    if (report.failed > 0) fmt::print("{} messages failed\n", report.failed);
    if (!report.latencies.empty()) {
        Table table{{"LATENCY (ms)", "mean", "p50", "p90", "p99", "p99.9", "max"}};
        const auto ms = [](double us) { return fmt::format("{:.3f}", us / 1000); };
        for (const auto& [name, histogram] : report.latencies) {
            std::vector<std::string> row{name, ms(histogram.mean())};
            for (const auto& [label, fraction] : percentiles) {
                row.push_back(ms(static_cast<double>(histogram.percentile(fraction))));
            }
            row.push_back(ms(static_cast<double>(histogram.max())));
            table.add(std::move(row));
        }
        table.print();
    }
    fmt::print("client CPU: {:.2f} s\n", meter.client_cpu_seconds());
    if (!meter.has_server()) return;
    fmt::print(
        "server CPU: {:.2f} s; {:.2f} s per million messages, {:.2f} s per GB; peak memory {:.1f} MiB\n",
        meter.server_cpu_seconds(), per(meter.server_cpu_seconds(), messages / mega),
        per(meter.server_cpu_seconds(), bytes / giga),
        static_cast<double>(meter.server_peak_bytes()) / 1048576);
}

}  // namespace

void add_perf_options(CLI::App& command, const std::shared_ptr<PerfOptions>& options) {
    command.add_option("--topic,-t", options->topic, "The topic; it must exist.")
        ->required()
        ->type_name("TOPIC");
    command.add_option("--messages,-n", options->messages, "Stop after so many in all.")->type_name("N");
    command.add_option("--duration", options->duration_s, "Stop after this time.")
        ->check(CLI::Range(0.001, 1e6))
        ->type_name("SECONDS");
    command.add_option("--warmup", options->warmup, "So many messages before the ones that count. [0]")
        ->type_name("N");
    command
        .add_option("--server-pid", options->server_pid,
                    "The broker's process on this machine: reports its CPU seconds and peak memory too.")
        ->check(CLI::PositiveNumber)
        ->type_name("PID");
    add_client_options(command, options, true);
}

Result<void> Meter::start() {
    if (server_pid_ != 0) {
        const auto usage = process_usage(server_pid_);
        if (!usage) return Error{Errc::invalid_argument, "--server-pid: " + usage.error().message};
        server_start_ = *usage;
    }
    client_cpu_start_ = own_cpu_seconds();
    start_us_ = system_clock().monotonic_us();
    return {};
}

Result<void> Meter::stop() {
    stop_us_ = system_clock().monotonic_us();
    client_cpu_stop_ = own_cpu_seconds();
    if (server_pid_ != 0) {
        const auto usage = process_usage(server_pid_);
        if (!usage) return Error{Errc::internal, "the server has gone: " + usage.error().message};
        server_stop_ = *usage;
    }
    return {};
}

void print_report(const PerfReport& report, bool json) {
    json ? print_json(report) : print_text(report);
}

}  // namespace weir::app
