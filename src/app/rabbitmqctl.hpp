// `rabbitmqctl`, for scripts and clients' test suites that call it: its verbs by way of the management API.
#pragma once

#include <map>
#include <span>

#include "app/management_client.hpp"

namespace weir::app {

// The words behind the program's name, if the program was called as rabbitmqctl or as `weir rabbitmqctl`.
std::optional<std::vector<std::string>> rabbitmqctl_words(std::span<char*> arguments);
// Prints what rabbitmqctl prints; returns its exit codes.
int run_rabbitmqctl(const std::vector<std::string>& words);

// The command line taken apart.
struct CtlCall : ManagementOptions {
    std::string verb;
    std::vector<std::string> words;            // behind the verb, without the flags
    std::map<std::string, std::string> flags;  // those that verbs have: "--priority"
    bool is_quiet = false;                     // no sentences
    bool has_header = true;                    // of tables

    bool has(const std::string& flag) const { return flags.contains(flag); }
    std::string flag(const std::string& name, const std::string& otherwise) const {
        const auto at = flags.find(name);
        return at == flags.end() ? otherwise : at->second;
    }
    void say(const std::string& sentence) const {
        if (!is_quiet && !json) fmt::print("{}\n", sentence);
    }
};
// Errors: invalid_argument.
Result<CtlCall> parse_ctl(const std::vector<std::string>& words);

inline constexpr std::size_t any_number = SIZE_MAX;  // of words

struct CtlVerb {
    const char* name;
    const char* usage;  // of its words
    std::size_t least, most;
    Result<void> (*run)(const CtlCall&);
};
std::span<const CtlVerb> ctl_changes();  // rabbitmqctl_changes.cpp
std::span<const CtlVerb> ctl_lists();    // rabbitmqctl_lists.cpp
std::span<const CtlVerb> ctl_node();     // rabbitmqctl_node.cpp

// An expression of Erlang that has a meaning here: a request about the door for AMQP clients.
struct KnownEval {
    std::string method;
    std::string path;
    std::optional<std::int64_t> value;
    bool operator==(const KnownEval&) const = default;
};
std::optional<KnownEval> known_eval(std::string_view expression);

// A value as rabbitmqctl prints it: lists and objects as Erlang's terms.
std::string erlang_text(const nlohmann::json& value, bool is_within = false);

}  // namespace weir::app
