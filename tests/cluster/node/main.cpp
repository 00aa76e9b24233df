// weir's server on a disk and a clock that the chaos harness controls, and the power cut for its files:
// never part of what users run.
#include <csignal>
#include <cstdlib>

#include "app/config_options.hpp"
#include "app/serve.hpp"
#include "base/time.hpp"
#include "cluster/node/faulty_disk.hpp"

namespace weir::torture {

namespace {

class OffsetClock : public Clock {
  public:
    explicit OffsetClock(const Control& control) : control_(control) {}
    std::int64_t wall_ms() const override {
        return system_clock().wall_ms() + control_.clock_offset_s * 1000;
    }
    std::int64_t monotonic_us() const override { return system_clock().monotonic_us(); }

  private:
    const Control& control_;
};

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

Result<void> serve_tortured(const app::ConfigOptions& options) {
    if (variable("WEIR_TORTURE_UNDO").empty()) return Error{Errc::invalid_argument, "set WEIR_TORTURE_UNDO"};
    const auto effective = app::load_config(options);
    if (!effective) return effective.error();
    set_log_level(effective->config.log_level);
    Control control{variable("WEIR_TORTURE_CONTROL")};
    OffsetClock clock{control};
    UndoArea area{variable("WEIR_TORTURE_UNDO")};
    FaultyDisk disk{runtime::posix_file_system(), control, area};
    return app::serve(*effective, {.files = disk, .clock = clock});
}

int run(int argc, char** argv) {
    CLI::App parser{"weir for the chaos harness", "weir_torture_node"};
    parser.require_subcommand(1);
    auto* serve = parser.add_subcommand("serve", "as `weir serve`");
    const auto options = std::make_shared<app::ConfigOptions>();
    app::add_config_options(*serve, options);
    auto* cut = parser.add_subcommand("power-cut", "roll a killed node's files back to what was synced");
    std::string area;
    std::uint64_t seed = 0;
    cut->add_option("area", area, "WEIR_TORTURE_UNDO of the node")->required();
    cut->add_option("seed", seed, "what is lost")->required();
    CLI11_PARSE(parser, argc, argv);
    if (cut->parsed()) {
        fmt::print("{}\n", roll_back(area, seed));
        return 0;
    }
    if (auto served = serve_tortured(*options); !served) {
        fmt::print(stderr, "weir_torture_node: {}\n", served.error().message);
        return 1;
    }
    return 0;
}

}  // namespace

}  // namespace weir::torture

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    return weir::torture::run(argc, argv);
}
