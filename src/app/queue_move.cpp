// `weir queue move`: takes messages from one queue into another, or back to where they died.
#include "app/management_client.hpp"
#include "app/queue_command.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

struct MoveOptions : ManagementOptions {
    std::string from, to;
    bool is_back = false;
    std::int64_t count = 0;  // 0: as many as there are at the beginning
};

struct MoveCounts {
    std::int64_t moved = 0, without_queue = 0, refused = 0;
};

// As many as the server takes at a time, again and again, until they are `most` or no more can go.
Result<MoveCounts> move_all(const MoveOptions& options, std::int64_t most) {
    const auto path = api_path({"weir", "queues", options.host, options.from, "move"});
    MoveCounts all;
    while (all.moved < most) {
        const json body{{"to", options.to}, {"back", options.is_back}, {"count", most - all.moved}};
        const auto answer = ask_api(options, "POST", path, body);
        if (!answer) return answer.error();
        const auto moved = answer->body.value("moved", std::int64_t{0});
        all.moved += moved;
        all.without_queue = answer->body.value("without_queue", std::int64_t{0});
        all.refused = answer->body.value("refused", std::int64_t{0});
        if (moved == 0) break;
    }
    return all;
}

// Errors: io_error, with what to do, if some had to stay.
Result<int> tell_moved(const MoveOptions& options, const MoveCounts& counts) {
    fmt::print("moved {} message{} from {} {}\n", counts.moved, counts.moved == 1 ? "" : "s", options.from,
               options.is_back ? "back" : "to " + options.to);
    if (counts.refused > 0) {
        return Error{Errc::io_error,
                     fmt::format("{} stay in {}: where they go is full and takes no more (x-max-length)",
                                 counts.refused, options.from)};
    }
    if (counts.without_queue > 0) {
        return Error{Errc::io_error,
                     fmt::format("{} stay in {}: no queue is there that they died in first; move these with "
                                 "--to QUEUE",
                                 counts.without_queue, options.from)};
    }
    return exit_success;
}

Result<int> run_move(const MoveOptions& options) {
    if (options.is_back != options.to.empty())
        return Error{Errc::invalid_argument, "say where they go with one of --to QUEUE, --back"};
    const auto there = ask_api(options, "GET", api_path({"queues", options.host, options.from}));
    if (!there) return there.error();
    auto most = there->body.value("messages_ready", std::int64_t{0});
    if (options.count > 0) most = std::min(most, options.count);
    const auto counts = move_all(options, most);
    if (!counts) return counts.error();
    return tell_moved(options, *counts);
}

}  // namespace

void add_queue_move(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("move", "Move the messages that wait in a queue to another one.");
    auto options = std::make_shared<MoveOptions>();
    add_management_options(*command, options, With::host);
    command->add_option("from", options->from, "The queue that they are in.")->required()->type_name("FROM");
    command->add_option("--to", options->to, "The queue that they go to.")->type_name("QUEUE");
    command->add_flag("--back", options->is_back, "Dead letters: each to the queue that it died in first.");
    command->add_option("--count,-c", options->count, "At most so many; the oldest first. [all]")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    add_examples(
        *command,
        "  weir queue move dead --back\n"
        "  weir queue move orders --to orders.later --count 1000\n"
        "\nThey go as they were published first; a dead letter has what its deaths tell in headers\n"
        "(x-death), and no expiration any more. Each is in its new queue, on the disk, before it leaves\n"
        "the old one: none is lost, and a crash in between leaves some in both.");
    run_when_chosen(*command, action, std::move(options), run_move);
}

}  // namespace weir::app
