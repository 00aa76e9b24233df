// `weir consume`: prints records, from chosen offsets or as a member of a group.
#include <cerrno>
#include <cstdio>

#include "app/client_options.hpp"
#include "app/interrupt.hpp"
#include "app/record_format.hpp"
#include "client/consumer.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

constexpr int poll_ms = 100;                    // between two looks at Ctrl-C
constexpr std::size_t output_limit = 64 << 10;  // written in pieces of this size while records keep coming

struct ConsumeOptions : ClientOptions {
    std::vector<std::string> topics;
    std::vector<std::int32_t> partitions;
    std::string offset;
    std::string group;
    std::optional<std::uint64_t> count;
    std::string format = "%s\\n";
    bool exit_at_end = false;
};

Result<std::vector<client::TopicPartition>> chosen_partitions(const client::Connection& connection,
                                                              const ConsumeOptions& options) {
    std::vector<client::TopicPartition> chosen;
    for (const auto& name : options.topics) {
        const auto all = client::partitions_of(connection, name);
        if (!all) return all.error();
        for (const auto& each : *all) {
            const auto& wanted = options.partitions;
            const bool is_wanted = std::find(wanted.begin(), wanted.end(), each.partition) != wanted.end();
            if (wanted.empty() || is_wanted) chosen.push_back(each);
        }
        for (const auto id : options.partitions) {
            if (std::find(chosen.begin(), chosen.end(), client::TopicPartition{name, id}) != chosen.end())
                continue;
            return Error{Errc::not_found,
                         fmt::format("topic {} has no partition {}; it has {}", name, id, all->size())};
        }
    }
    return chosen;
}

Result<std::unique_ptr<client::Consumer>> open_in_group(const ConsumeOptions& options,
                                                        const client::ConnectionOptions& connection,
                                                        const client::Start& start) {
    using Kind = client::Start::Kind;
    if (start.kind != Kind::stored && start.kind != Kind::beginning && start.kind != Kind::end) {
        return Error{
            Errc::invalid_argument,
            "--offset: a group starts where it stopped; beginning and end only say where a new one starts "
            "(`weir group reset` moves one)"};
    }
    auto consumer = client::Consumer::open_in_group(connection, options.group, start);
    if (!consumer) return consumer.error();
    for (const auto& name : options.topics) {
        if (auto known = client::describe_topic((*consumer)->connection(), name); !known)
            return known.error();
    }
    if (auto joined = (*consumer)->subscribe(options.topics); !joined) return joined.error();
    return consumer;
}

Result<std::unique_ptr<client::Consumer>> open_consumer(const ConsumeOptions& options) {
    const auto connection = connection_options(options);
    if (!connection) return connection.error();
    const bool in_group = !options.group.empty();
    const auto start = client::parse_start(!options.offset.empty() ? options.offset
                                           : in_group              ? "stored"
                                                                   : "beginning");
    if (!start) return Error{start.error().code, "--offset: " + start.error().message};
    if (in_group) return open_in_group(options, *connection, *start);
    if (start->kind == client::Start::Kind::stored) {
        return Error{Errc::invalid_argument, "--offset stored: only a group has stored offsets; add --group"};
    }
    auto consumer = client::Consumer::open(*connection);
    if (!consumer) return consumer.error();
    const auto partitions = chosen_partitions((*consumer)->connection(), options);
    if (!partitions) return partitions.error();
    if (auto assigned = (*consumer)->assign(*partitions, *start); !assigned) return assigned.error();
    return consumer;
}

// False: whoever read our output has had enough (`weir consume | head`).
Result<bool> write_out(std::string& pending) {
    const auto written = std::fwrite(pending.data(), 1, pending.size(), stdout);
    const bool complete = written == pending.size() && std::fflush(stdout) == 0;
    pending.clear();
    if (complete) return true;
    if (errno == EPIPE) return false;
    return Error{Errc::io_error, "standard output takes no more"};
}

Result<int> run_consume(const ConsumeOptions& options) {
    const auto format = RecordFormat::parse(options.format);
    if (!format) return format.error();
    auto consumer = open_consumer(options);
    if (!consumer) return consumer.error();
    catch_interrupts();
    std::string pending;
    for (std::uint64_t seen = 0; !interrupted() && (!options.count || seen < *options.count);) {
        const auto read = (*consumer)->poll(pending.empty() ? poll_ms : 0);
        if (!read) return read.error();
        if (*read) {
            ++seen;
            const auto record = (**read).record();
            options.json ? append_json(pending, record) : format->append(pending, record);
            if (pending.size() < output_limit) continue;
        }
        const auto wanted = write_out(pending);
        if (!wanted) return wanted.error();
        if (!*wanted) return exit_success;
        if (options.exit_at_end && (*consumer)->at_end()) break;
    }
    if (auto written = write_out(pending); !written) return written.error();
    return exit_success;
}

}  // namespace

void add_consume_command(CLI::App& parent, Action& action) {
    auto* command = parent.add_subcommand("consume", "Print records, and follow what comes.");
    auto options = std::make_shared<ConsumeOptions>();
    command->add_option("topic", options->topics, "The topics.")->required()->type_name("TOPIC");
    command
        ->add_option(
            "--offset,-o", options->offset,
            "Where to start: beginning, end, 42, -42 for the last 42 of each partition, @MS for a time in "
            "milliseconds since 1970. [beginning]")
        ->type_name("WHERE");
    auto* partition =
        command->add_option("--partition,-p", options->partitions, "Only this one; may be repeated.");
    partition->type_name("N")->allow_extra_args(false);
    command
        ->add_option("--group,-G", options->group, "Share the work as a member of this group, and remember.")
        ->type_name("GROUP")
        ->excludes(partition);
    command->add_option("--count,-c", options->count, "Stop after so many records.")->type_name("N");
    command->add_flag("--exit-at-end,-e", options->exit_at_end,
                      "Stop at the end instead of waiting for more.");
    command
        ->add_option("--format,-f", options->format,
                     "%t topic, %p partition, %o offset, %T timestamp, %k key, %s value, %h headers, %K and "
                     "%S sizes of "
                     "key and value, \\n, \\t. [%s\\n]")
        ->type_name("FORMAT");
    add_client_options(*command, options, false);
    command->add_flag("--json", options->json, "One JSON object a line, with everything.");
    add_examples(
        *command,
        "  weir consume greetings                          all there is, then what comes, until Ctrl-C\n"
        "  weir consume orders -e -f '%p:%o %k = %s\\n'     to the end, with keys\n"
        "  weir consume orders -o -10 -e                   the last 10 of each partition\n"
        "  weir consume orders -o @$(date -d '1 hour ago' +%s000)\n"
        "  weir consume orders --group billing --json      go on where the group stopped");
    run_when_chosen(*command, action, std::move(options), run_consume);
}

}  // namespace weir::app
