// A mark of fixed size, and behind it the boot in which the last run wrote.
#include "log/run_mark.hpp"

#include <array>

namespace weir::log {

namespace {

constexpr std::string_view running_mark = "running\n";
constexpr std::string_view stopped_mark = "stopped\n";
constexpr std::size_t max_boot_bytes = 64;  // and a line's end

static_assert(running_mark.size() == stopped_mark.size());

}  // namespace

Result<RunMark> RunMark::begin(std::unique_ptr<runtime::File> lock, std::string boot) {
    boot.resize(std::min(boot.size(), max_boot_bytes));
    RunMark mark{std::move(lock), std::move(boot)};
    std::array<std::uint8_t, running_mark.size() + max_boot_bytes + 1> bytes{};
    const auto got = mark.lock_->read(0, bytes);
    if (!got) return got.error();
    const auto content = as_text(ByteView{bytes}.first(*got));
    const auto last_boot = content.substr(std::min(content.size(), running_mark.size()));
    const bool is_same_boot = !mark.boot_.empty() && last_boot.starts_with(mark.boot_ + "\n");
    mark.was_stopped_ = content.starts_with(stopped_mark);
    mark.kept_all_ = content.empty() || mark.was_stopped_ || is_same_boot;
    if (mark.kept_all_) {
        if (auto noted = mark.write_boot(); !noted) return noted.error();
    }
    if (auto begun = mark.write(0, running_mark); !begun) return begun.error();
    return mark;
}

Result<void> RunMark::acknowledge() {
    return kept_all_ ? Result<void>{} : write_boot();
}

Result<void> RunMark::end() {
    return write(0, stopped_mark);
}

Result<void> RunMark::write_boot() {
    return write(running_mark.size(), boot_ + "\n");
}

Result<void> RunMark::write(std::uint64_t position, std::string_view text) {
    if (auto written = lock_->write(position, as_bytes(text)); !written) return written;
    return lock_->sync_data();
}

}  // namespace weir::log
