// `weir queue replay`: puts what a queue has kept into another queue once more.
#include "app/management_client.hpp"
#include "app/queue_command.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

struct ReplayOptions : ManagementOptions {
    std::string from, to;
    std::string start = "0";
    std::int64_t count = 0;  // 0: all there are at the beginning
    int priority = 0;
};

struct ReplayCounts {
    std::int64_t copied = 0, refused = 0;
};

// As many as the server copies at a time, again and again, up to what was there at the first.
Result<ReplayCounts> replay_all(const ReplayOptions& options) {
    const auto path = api_path({"weir", "queues", options.host, options.from, "replay"});
    ReplayCounts all;
    std::int64_t end = -1;
    for (auto start = options.start;;) {
        json body{{"to", options.to}, {"start", start}, {"priority", options.priority}};
        if (options.count > 0) body["count"] = options.count - all.copied - all.refused;
        const auto answer = ask_api(options, "POST", path, body);
        if (!answer) return answer.error();
        const auto number = [&](const char* name) { return answer->body.value(name, std::int64_t{0}); };
        all.copied += number("copied");
        all.refused += number("refused");
        if (end < 0) end = number("end");
        const bool is_enough = options.count > 0 && all.copied + all.refused >= options.count;
        if (is_enough || number("next") >= end || number("copied") + number("refused") == 0) return all;
        start = std::to_string(number("next"));
    }
}

Result<int> run_replay(const ReplayOptions& options) {
    const auto counts = replay_all(options);
    if (!counts) return counts.error();
    fmt::print("put {} message{} of {} into {}\n", counts->copied, counts->copied == 1 ? "" : "s",
               options.from, options.to);
    if (counts->refused == 0) return exit_success;
    return Error{Errc::io_error, fmt::format("{} were refused: {} is full and takes no more (x-max-length)",
                                             counts->refused, options.to)};
}

}  // namespace

void add_queue_replay(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("replay", "Put what a queue has kept into another one.");
    auto options = std::make_shared<ReplayOptions>();
    add_management_options(*command, options, With::host);
    command->add_option("from", options->from, "The queue, declared with x-retention.")
        ->required()
        ->type_name("FROM");
    command->add_option("--to", options->to, "The queue that they go to.")->required()->type_name("QUEUE");
    command
        ->add_option("--start", options->start,
                     "From this offset on, or from a time: @MS, in milliseconds since 1970. [0]")
        ->type_name("WHERE");
    command->add_option("--count,-c", options->count, "At most so many. [all]")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command->add_option("--priority", options->priority, "Those of this priority. [0]")
        ->type_name("N")
        ->check(CLI::Range(0, 255));
    add_examples(*command,
                 "  weir queue replay orders --to orders.again --start @$(date -d '1 hour ago' +%s000)\n"
                 "  weir queue replay orders --to orders.again --start 1200 --count 50\n"
                 "\nWhat was kept stays as it is, and can be read by offset all the while.");
    run_when_chosen(*command, action, std::move(options), run_replay);
}

}  // namespace weir::app
