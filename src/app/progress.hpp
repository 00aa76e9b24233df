// How far a long operation is: a line that is renewed on a terminal, and how long it may still take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::app {

// From how much was left at times. Pure.
class Remaining {
  public:
    // Nothing until something has been done. Seconds, by the pace since the start.
    std::optional<double> note(std::uint64_t left, std::int64_t now_ms);

  private:
    std::optional<std::uint64_t> first_left_;
    std::int64_t first_ms_ = 0;
};

// "12 s", "3 min", "2 h 5 min".
std::string duration_text(double seconds);
// "1.5 MiB".
std::string size_text(std::uint64_t bytes);

// On standard error: in place on a terminal, else a line whenever the text changes.
class ProgressLine {
  public:
    ~ProgressLine();
    void show(const std::string& text);

  private:
    std::string shown_;
};

}  // namespace weir::app
