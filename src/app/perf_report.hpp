// What the perf commands measure around their work, and how they report it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "app/client_options.hpp"
#include "app/histogram.hpp"
#include "app/process_usage.hpp"

namespace weir::app {

struct PerfOptions : ClientOptions {
    std::string topic;
    std::optional<std::uint64_t> messages;
    double duration_s = 0;  // 0: no limit
    std::uint64_t warmup = 0;
    int server_pid = 0;  // 0: none
};

// --topic, --messages, --duration, --warmup, --server-pid and the connection's.
void add_perf_options(CLI::App& command, const std::shared_ptr<PerfOptions>& options);

// Wall clock, own CPU and the server's CPU between start() and stop().
class Meter {
  public:
    explicit Meter(int server_pid) : server_pid_(server_pid) {}

    Result<void> start();
    Result<void> stop();
    double seconds() const { return static_cast<double>(stop_us_ - start_us_) / 1e6; }
    double client_cpu_seconds() const { return client_cpu_stop_ - client_cpu_start_; }
    bool has_server() const { return server_pid_ != 0; }
    double server_cpu_seconds() const { return server_stop_.cpu_seconds - server_start_.cpu_seconds; }
    std::int64_t server_peak_bytes() const { return server_stop_.peak_resident_bytes; }

  private:
    int server_pid_;
    std::int64_t start_us_ = 0, stop_us_ = 0;
    double client_cpu_start_ = 0, client_cpu_stop_ = 0;
    ProcessUsage server_start_, server_stop_;
};

// Durations in microseconds, with the name they are printed under.
struct NamedHistogram {
    std::string name;
    const Histogram& histogram;
};

struct PerfReport {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;  // keys and values, before compression
    std::uint64_t failed = 0;
    const Meter& meter;
    std::vector<NamedHistogram> latencies;
};

void print_report(const PerfReport& report, bool json);

}  // namespace weir::app
