// The verbs about a node as it runs: its door for AMQP clients, alarms, limits. What they set ends with the
// process.
#include <charconv>

#include "app/rabbitmqctl.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

constexpr const char* door_path = "/api/weir/amqp-door";

Result<void> ask(const CtlCall& call, const char* method, const std::string& path, const json& body) {
    const auto done = ask_api(call, method, path, body);
    return done ? Result<void>{} : Result<void>{done.error()};
}

Result<void> set_limit(const CtlCall& call, const std::string& name, double value) {
    const auto most = static_cast<double>(std::int64_t{1} << 62);
    return ask(call, "PUT", fmt::format("{}/limits/{}", door_path, name),
               {{"value", static_cast<std::int64_t>(std::min(value, most))}});
}

// ---- numbers as RabbitMQ's configuration has them

Error no_number(const std::string& text) {
    return {Errc::invalid_argument, fmt::format("{} is not a number that is meant here", text)};
}

struct SizeUnit {
    std::string_view name;
    double bytes;
};
constexpr double kib = 1024, kb = 1000;
constexpr SizeUnit units[] = {{"", 1},           {"k", kib},           {"kiB", kib},
                              {"kB", kb},        {"M", kib* kib},      {"MiB", kib* kib},
                              {"MB", kb* kb},    {"G", kib* kib* kib}, {"GiB", kib* kib* kib},
                              {"GB", kb* kb* kb}};

Result<double> parse_with_unit(const std::string& text, std::span<const SizeUnit> known) {
    double number = 0;
    const auto* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    const std::string_view unit{end, static_cast<std::size_t>(last - end)};
    const auto at = std::ranges::find(known, unit, &SizeUnit::name);
    if (error != std::errc{} || !(number >= 0) || at == known.end()) return no_number(text);
    return number * at->bytes;
}

Result<double> parse_fraction(const std::string& text) {
    return parse_with_unit(text, std::span{units}.first(1));
}

// The machine's memory, which a fraction is of.
Result<double> memory_bytes(const CtlCall& call) {
    const auto nodes = ask_api(call, "GET", "/api/nodes");
    if (!nodes) return nodes.error();
    for (const auto& node : nodes->body) {
        if (node.contains("mem_limit")) return node["mem_limit"].get<double>();
    }
    return Error{Errc::not_found, "the node does not say how much memory there is"};
}

Result<double> share_of_memory(const CtlCall& call, const std::string& text) {
    const auto fraction = parse_fraction(text);
    if (!fraction) return fraction.error();
    const auto memory = memory_bytes(call);
    if (!memory) return memory.error();
    return *fraction * *memory;
}

// ---- verbs

Result<void> stop_app(const CtlCall& call) {
    call.say("Stopping the door for AMQP clients ...");
    return ask(call, "PUT", door_path, {{"open", false}});
}

Result<void> start_app(const CtlCall& call) {
    call.say("Starting the door for AMQP clients ...");
    return ask(call, "PUT", door_path, {{"open", true}});
}

Result<void> set_vm_memory_high_watermark(const CtlCall& call) {
    const bool is_absolute = call.words[0] == "absolute";
    if (call.words.size() != (is_absolute ? 2u : 1u)) return no_number(call.words.back());
    const auto bytes =
        is_absolute ? parse_with_unit(call.words[1], units) : share_of_memory(call, call.words[0]);
    if (!bytes) return bytes.error();
    call.say(fmt::format("Setting memory threshold to {} ...", call.words.back()));
    return set_limit(call, "memory-bytes", *bytes);
}

Result<void> set_disk_free_limit(const CtlCall& call) {
    const bool is_relative = call.words[0] == "mem_relative";
    if (call.words.size() != (is_relative ? 2u : 1u)) return no_number(call.words.back());
    const auto bytes =
        is_relative ? share_of_memory(call, call.words[1]) : parse_with_unit(call.words[0], units);
    if (!bytes) return bytes.error();
    call.say(fmt::format("Setting disk free limit to {} ...", call.words.back()));
    return set_limit(call, "disk-free-bytes", *bytes);
}

// Of Erlang's expressions those that clients' tests are known to use.
Result<void> eval(const CtlCall& call) {
    const auto wanted = known_eval(call.words[0]);
    if (!wanted) {
        return Error{
            Errc::unsupported,
            "eval: weir is not written in Erlang; it knows rabbit_alarm:set_alarm and clear_alarm of "
            "this node's resource_limit, and application:set_env(rabbit, channel_max, N)"};
    }
    const auto path = fmt::format("{}/{}", door_path, wanted->path);
    const auto done =
        ask(call, wanted->method.c_str(), path, wanted->value ? json{{"value", *wanted->value}} : json{});
    if (done) fmt::print("ok\n");
    return done;
}

constexpr CtlVerb verbs[] = {
    {"stop_app", "", 0, 0, stop_app},
    {"start_app", "", 0, 0, start_app},
    {"set_vm_memory_high_watermark", "FRACTION | absolute BYTES", 1, 2, set_vm_memory_high_watermark},
    {"set_disk_free_limit", "BYTES | mem_relative FRACTION", 1, 2, set_disk_free_limit},
    {"eval", "EXPRESSION", 1, 1, eval},
};

// What stands between the two, if the text begins and ends so.
std::optional<std::string_view> between(std::string_view text, std::string_view begin, std::string_view end) {
    if (text.size() < begin.size() + end.size() || !text.starts_with(begin) || !text.ends_with(end))
        return std::nullopt;
    return text.substr(begin.size(), text.size() - begin.size() - end.size());
}

}  // namespace

std::optional<KnownEval> known_eval(std::string_view expression) {
    std::string text{expression};
    std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
    const auto alarm = [](std::string_view resource, const char* method) -> std::optional<KnownEval> {
        if (resource != "memory" && resource != "disk") return std::nullopt;
        return KnownEval{method, fmt::format("alarms/{}", resource), std::nullopt};
    };
    if (const auto at = between(text, "rabbit_alarm:set_alarm({{resource_limit,", ",node()},[]})."))
        return alarm(*at, "PUT");
    if (const auto at = between(text, "rabbit_alarm:clear_alarm({resource_limit,", ",node()})."))
        return alarm(*at, "DELETE");
    if (const auto at = between(text, "application:set_env(rabbit,channel_max,", ").")) {
        std::int64_t most = 0;
        const auto [end, error] = std::from_chars(at->data(), at->data() + at->size(), most);
        if (error == std::errc{} && end == at->data() + at->size())
            return KnownEval{"PUT", "limits/channel-max", most};
    }
    return std::nullopt;
}

std::span<const CtlVerb> ctl_node() {
    return verbs;
}

}  // namespace weir::app
