// Reads the control file every few milliseconds.
#include "cluster/node/control.hpp"

#include <array>
#include <chrono>
#include <fstream>
#include <map>
#include <utility>

namespace weir::torture {

namespace {

constexpr std::chrono::milliseconds period{10};

}  // namespace

Control::Control(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    read();
    thread_ = std::thread{[this] {
        while (!stopping_) {
            read();
            std::this_thread::sleep_for(period);
        }
    }};
}

Control::~Control() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void Control::read() {
    std::ifstream file{path_};
    std::map<std::string, std::int64_t> told;
    std::string name;
    for (std::int64_t value = 0; file >> name >> value;) told[name] = value;
    const std::array<std::pair<const char*, std::atomic<std::int64_t>*>, 6> settings{{
        {"sync_delay_ms", &sync_delay_ms},
        {"fail_sync", &fail_sync},
        {"lie_sync", &lie_sync},
        {"corrupt_write", &corrupt_write},
        {"disk_full", &disk_full},
        {"clock_offset_s", &clock_offset_s},
    }};
    for (const auto& [key, value] : settings) value->store(told[key]);
}

}  // namespace weir::torture
