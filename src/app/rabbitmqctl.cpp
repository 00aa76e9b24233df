// The command line of rabbitmqctl, and its exit codes (those of sysexits.h).
#include "app/rabbitmqctl.hpp"

#include <charconv>

namespace weir::app {

namespace {

constexpr int exit_ctl_usage = 64, exit_ctl_unavailable = 69, exit_ctl_failure = 70;

// The flags that take a value.
constexpr std::string_view with_value[] = {"-n",
                                           "--node",
                                           "-t",
                                           "--timeout",
                                           "-p",
                                           "--vhost",
                                           "--priority",
                                           "--apply-to",
                                           "--formatter",
                                           "--limit",
                                           "--erlang-cookie",
                                           "--description",
                                           "--default-queue-type",
                                           "--tags"};

// Asked for by scripts, and not there: each with what to do instead.
struct Refused {
    std::string_view verb;
    std::string_view why;
};
constexpr Refused refusals[] = {
    {"rpc_stdin", "weir is not written in Erlang and can't evaluate it"},
    {"stop", "send the process SIGTERM: weir then stops cleanly"},
    {"shutdown", "send the process SIGTERM: weir then stops cleanly"},
    {"reset", "weir deletes nothing by this way: stop it and remove its data directory"},
    {"force_reset", "weir deletes nothing by this way: stop it and remove its data directory"},
    {"join_cluster", "a node of weir joins by `weir serve --join`"},
    {"forget_cluster_node", "`weir cluster drain N` and `weir cluster remove N` take a node out"},
};

std::optional<std::string_view> refusal(std::string_view verb) {
    const auto* at = std::ranges::find(refusals, verb, &Refused::verb);
    return at == std::end(refusals) ? std::nullopt : std::optional{at->why};
}

const CtlVerb* find_verb(std::string_view name) {
    for (const auto verbs : {ctl_changes(), ctl_lists(), ctl_node()}) {
        for (const auto& verb : verbs) {
            if (verb.name == name) return &verb;
        }
    }
    return nullptr;
}

void print_usage() {
    fmt::print("Usage: rabbitmqctl [-q] [-p VHOST] [-t SECONDS] VERB [WORDS]\n\n");
    for (const auto verbs : {ctl_changes(), ctl_lists(), ctl_node()}) {
        for (const auto& verb : verbs) fmt::print("  {} {}\n", verb.name, verb.usage);
    }
    fmt::print(
        "\nIt asks the management API at WEIR_HTTP (127.0.0.1:15672) as WEIR_HTTP_USER with\n"
        "WEIR_HTTP_PASSWORD (guest, guest).\n");
}

int fail(std::string_view sentence, int code) {
    fmt::print(stderr, "Error:\n{}\n", sentence);
    return code;
}

int exit_of(Errc code) {
    switch (code) {
        case Errc::timed_out: return exit_ctl_unavailable;
        case Errc::invalid_argument: return exit_ctl_usage;
        default: return exit_ctl_failure;
    }
}

Result<void> apply(CtlCall& call, const std::string& flag, const std::string& value) {
    if (flag == "-p" || flag == "--vhost") {
        call.host = value;
    } else if (flag == "-t" || flag == "--timeout") {
        double seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (error != std::errc{} || seconds <= 0)
            return Error{Errc::invalid_argument, fmt::format("{} is no time", value)};
        call.client.stream.timeout_ms = static_cast<std::int64_t>(seconds * 1000);
    } else if (flag == "--formatter") {
        call.json = value == "json";
    } else if (flag == "-q" || flag == "--quiet") {
        call.is_quiet = true;
    } else if (flag == "-s" || flag == "--silent") {
        call.is_quiet = true, call.has_header = false;
    } else if (flag == "--no-table-headers") {
        call.has_header = false;
    } else {
        call.flags[flag] = value;
    }
    return {};
}

bool is_flag(const CtlCall& call, const std::string& word) {
    if (!word.starts_with('-') || word == "-") return false;
    // A definition or a pattern may begin with a dash, but flags are known or have two.
    return call.verb.empty() || word.starts_with("--") || word.size() == 2;
}

}  // namespace

std::optional<std::vector<std::string>> rabbitmqctl_words(std::span<char*> arguments) {
    constexpr std::string_view name = "rabbitmqctl";
    if (arguments.empty()) return std::nullopt;
    const std::string_view program{arguments[0]};
    std::size_t skipped = 1;
    if (program.substr(program.rfind('/') + 1) != name) {
        if (arguments.size() < 2 || arguments[1] != name) return std::nullopt;
        skipped = 2;
    }
    return std::vector<std::string>(arguments.begin() + static_cast<std::ptrdiff_t>(skipped),
                                    arguments.end());
}

Result<CtlCall> parse_ctl(const std::vector<std::string>& words) {
    CtlCall call;
    if (auto read = read_management_environment(call); !read) return read.error();
    for (std::size_t at = 0; at < words.size(); ++at) {
        const auto& word = words[at];
        if (!is_flag(call, word)) {
            (call.verb.empty() ? call.verb : call.words.emplace_back()) = word;
            continue;
        }
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        const bool takes = std::ranges::find(with_value, name) != std::end(with_value);
        std::string value = equals == std::string::npos ? "true" : word.substr(equals + 1);
        if (takes && equals == std::string::npos) {
            if (++at == words.size())
                return Error{Errc::invalid_argument, fmt::format("{} needs a value", word)};
            value = words[at];
        }
        if (auto applied = apply(call, name, value); !applied) return applied.error();
    }
    return call;
}

int run_rabbitmqctl(const std::vector<std::string>& words) {
    const auto call = parse_ctl(words);
    if (!call) return fail(call.error().message, exit_ctl_usage);
    if (call->verb.empty() || call->verb == "help") return print_usage(), exit_success;
    if (const auto why = refusal(call->verb))
        return fail(fmt::format("{}: {}", call->verb, *why), exit_ctl_failure);
    const auto* verb = find_verb(call->verb);
    if (verb == nullptr)
        return fail(fmt::format("weir's rabbitmqctl knows no {}", call->verb), exit_ctl_usage);
    if (call->has("--help")) {
        fmt::print("Usage: rabbitmqctl {} {}\n", verb->name, verb->usage);
        return exit_success;
    }
    if (call->words.size() < verb->least || call->words.size() > verb->most)
        return fail(fmt::format("Usage: rabbitmqctl {} {}", verb->name, verb->usage), exit_ctl_usage);
    const auto done = verb->run(*call);
    if (!done) return fail(done.error().message, exit_of(done.error().code));
    return exit_success;
}

void add_rabbitmqctl_command(CLI::App& parent, Action& action) {
    auto* command = parent.add_subcommand(
        "rabbitmqctl", "RabbitMQ's command for its brokers; also if weir is called by that name.");
    command->prefix_command();
    command->final_callback(
        [&action] { action = []() -> Result<int> { return run_rabbitmqctl({"help"}); }; });
}

std::string erlang_text(const nlohmann::json& value, bool is_within) {
    if (value.is_null()) return is_within ? "undefined" : "";
    if (value.is_string())
        return is_within ? fmt::format("\"{}\"", value.get<std::string>()) : value.get<std::string>();
    std::vector<std::string> parts;
    if (value.is_array()) {
        for (const auto& one : value) parts.push_back(erlang_text(one, true));
    } else if (value.is_object()) {
        for (const auto& [name, one] : value.items())
            parts.push_back(fmt::format("{{\"{}\",{}}}", name, erlang_text(one, true)));
    } else {
        return value.dump();
    }
    return fmt::format("[{}]", fmt::join(parts, ","));
}

}  // namespace weir::app
