// Log lines for whoever runs weir: one line each, on standard error, with a level and what to do.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace weir {

enum class LogLevel { debug, info, warning, error, off };

void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
void write_log_line(LogLevel level, std::string_view line);

template <class... Args>
void log_line(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    if (log_enabled(level)) write_log_line(level, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::info, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::warning, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::error, format, std::forward<Args>(args)...);
}

// For what the process cannot live with (a failed fdatasync): one clear line, then the process ends at once,
// without destructors, so that nothing more is written.
[[noreturn]] void die(std::string_view line);

}  // namespace weir
