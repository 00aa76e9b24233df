// Log lines through spdlog, which only this file sees: its headers are slow to compile.
#include "base/log_line.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

namespace weir {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
        case LogLevel::off: return spdlog::level::off;
    }
    return spdlog::level::info;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = spdlog::stderr_color_mt("weir");
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
        return made;
    }();
    return *instance;
}

}  // namespace

void set_log_level(LogLevel level) {
    logger().set_level(spdlog_level(level));
}
bool log_enabled(LogLevel level) {
    return logger().should_log(spdlog_level(level));
}
void write_log_line(LogLevel level, std::string_view line) {
    logger().log(spdlog_level(level), spdlog::string_view_t{line.data(), line.size()});
}

void die(std::string_view line) {
    write_log_line(LogLevel::error, line);
    logger().flush();
    ::_exit(70);  // EX_SOFTWARE of sysexits.h
}

}  // namespace weir
