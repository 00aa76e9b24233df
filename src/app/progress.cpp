// Pace and words of progress.
#include "app/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "app/terminal.hpp"

namespace weir::app {

std::optional<double> Remaining::note(std::uint64_t left, std::int64_t now_ms) {
    if (!first_left_ || left > *first_left_) {  // there is more to do than was known
        first_left_ = left;
        first_ms_ = now_ms;
        return std::nullopt;
    }
    const auto done = *first_left_ - left;
    const auto passed_ms = now_ms - first_ms_;
    if (done == 0 || passed_ms <= 0) return std::nullopt;
    return static_cast<double>(passed_ms) / 1000 * static_cast<double>(left) / static_cast<double>(done);
}

std::string duration_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
    if (whole < 120) return fmt::format("{} s", whole);
    const auto minutes = (whole + 59) / 60;
    if (minutes < 120) return fmt::format("{} min", minutes);
    return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string size_text(std::uint64_t bytes) {
    constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < std::size(units); ++unit) value /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

ProgressLine::~ProgressLine() {
    if (!shown_.empty() && is_terminal(STDERR_FILENO)) fmt::print(stderr, "\r\x1b[K");
}

void ProgressLine::show(const std::string& text) {
    if (text == shown_) return;
    shown_ = text;
    if (is_terminal(STDERR_FILENO)) {
        fmt::print(stderr, "\r\x1b[K{}", text);
        std::fflush(stderr);
    } else {
        fmt::print(stderr, "{}\n", text);
    }
}

}  // namespace weir::app
