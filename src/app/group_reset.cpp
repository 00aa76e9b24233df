// `weir group reset`: moves what a group has committed.
#include <nlohmann/json.hpp>

#include "app/group_command.hpp"
#include "app/terminal.hpp"
#include "client/groups.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

struct ResetOptions : ClientOptions {
    std::string group;
    std::vector<std::string> topics;  // "orders", "orders:3"
    bool to_earliest = false;
    bool to_latest = false;
    std::optional<std::int64_t> to_offset;
    std::optional<std::int64_t> to_timestamp;
    std::optional<std::int64_t> shift;
    std::string to_group;
    bool dry_run = false;
};

// The partitions that "orders" or "orders:3" means.
Result<std::vector<client::TopicPartition>> partitions_named(const client::Connection& connection,
                                                             const std::string& text) {
    const auto colon = text.rfind(':');
    auto found = client::partitions_of(connection, text.substr(0, colon));
    if (!found || colon == std::string::npos) return found;
    std::erase_if(*found, [&](const auto& one) { return one.text() != text; });
    if (found->empty()) return Error{Errc::not_found, fmt::format("--topic: there is no partition {}", text)};
    return found;
}

Result<std::vector<client::TopicPartition>> chosen_partitions(const client::Connection& connection,
                                                              const ResetOptions& options) {
    std::vector<client::TopicPartition> chosen;
    for (const auto& text : options.topics) {
        const auto some = partitions_named(connection, text);
        if (!some) return some.error();
        chosen.insert(chosen.end(), some->begin(), some->end());
    }
    if (!options.topics.empty()) return chosen;
    const auto cluster = client::describe_cluster(connection);
    if (!cluster) return cluster.error();
    for (const auto& topic : cluster->topics) {
        for (const auto& partition : topic.partitions) chosen.push_back({topic.name, partition.id});
    }
    const auto committed = client::committed_offsets(connection, options.group, chosen);
    if (!committed) return committed.error();
    std::erase_if(chosen, [&](const auto& at) { return !committed->contains(at); });
    if (chosen.empty()) {
        return Error{Errc::group_not_found,
                     fmt::format("group {} has committed nothing; name what to reset with "
                                 "--topic TOPIC",
                                 options.group)};
    }
    return chosen;
}

// Partitions of which the other group has committed nothing are left alone. Errors: group_not_found, if that
// is all of them.
Result<client::Offsets> offsets_of_group(const client::Connection& connection, const ResetOptions& options,
                                         const std::vector<client::TopicPartition>& partitions) {
    auto offsets = client::committed_offsets(connection, options.to_group, partitions);
    if (!offsets || !offsets->empty()) return offsets;
    return Error{Errc::group_not_found, fmt::format("--to-group: group {} has committed nothing of these "
                                                    "partitions",
                                                    options.to_group)};
}

// Where the group shall go, before what the partitions hold limits it.
Result<client::Offsets> wanted_offsets(const client::Connection& connection, const ResetOptions& options,
                                       const std::vector<client::TopicPartition>& partitions,
                                       const client::Offsets& present) {
    if (options.to_earliest) return client::list_offsets(connection, partitions, client::earliest);
    if (options.to_latest) return client::list_offsets(connection, partitions, client::latest);
    if (options.to_timestamp) return client::list_offsets(connection, partitions, *options.to_timestamp);
    if (!options.to_group.empty()) return offsets_of_group(connection, options, partitions);
    client::Offsets wanted;
    for (const auto& at : partitions) {
        if (options.to_offset) {
            wanted[at] = Offset{*options.to_offset};
        } else if (const auto found = present.find(at); found != present.end()) {
            wanted[at] = found->second + *options.shift;
        } else {
            return Error{Errc::not_found, fmt::format("--shift: group {} has committed nothing for {}",
                                                      options.group, at.text())};
        }
    }
    return wanted;
}

Result<void> limit_to_log(const client::Connection& connection,
                          const std::vector<client::TopicPartition>& partitions, client::Offsets& wanted) {
    const auto begin = client::list_offsets(connection, partitions, client::earliest);
    if (!begin) return begin.error();
    const auto end = client::list_offsets(connection, partitions, client::latest);
    if (!end) return end.error();
    for (auto& [at, offset] : wanted) offset = std::clamp(offset, begin->at(at), end->at(at));
    return {};
}

void print_plan(const ResetOptions& options, const client::Offsets& present, const client::Offsets& wanted) {
    Table table{{"TOPIC", "PARTITION", "FROM", "TO"}};
    auto json = nlohmann::json::array();
    for (const auto& [at, offset] : wanted) {
        const auto found = present.find(at);
        const bool is_known = found != present.end();
        table.add({at.topic, std::to_string(at.partition),
                   is_known ? std::to_string(found->second.value) : "-", std::to_string(offset.value)});
        nlohmann::json entry{{"topic", at.topic}, {"partition", at.partition}, {"to", offset.value}};
        if (is_known) entry["from"] = found->second.value;
        json.push_back(std::move(entry));
    }
    if (options.json) {
        fmt::print("{}\n", json.dump(2));
    } else {
        table.print();
    }
}

Result<int> run_reset(const ResetOptions& options) {
    const int targets = options.to_earliest + options.to_latest + options.to_offset.has_value() +
                        options.to_timestamp.has_value() + options.shift.has_value() +
                        !options.to_group.empty();
    if (targets != 1) {
        return Error{Errc::invalid_argument,
                     "say where to go with one of --to-earliest, --to-latest, --to-offset, --to-timestamp, "
                     "--to-group, "
                     "--shift"};
    }
    const auto opened = connect(options);
    if (!opened) return opened.error();
    const auto& connection = **opened;
    const auto partitions = chosen_partitions(connection, options);
    if (!partitions) return partitions.error();
    const auto present = client::committed_offsets(connection, options.group, *partitions);
    if (!present) return present.error();
    auto wanted = wanted_offsets(connection, options, *partitions, *present);
    if (!wanted) return wanted.error();
    if (auto limited = limit_to_log(connection, *partitions, *wanted); !limited) return limited.error();
    if (!options.dry_run) {
        const auto changed = client::change_committed_offsets(connection, options.group, *wanted);
        if (!changed) return changed.error();
    }
    print_plan(options, *present, *wanted);
    if (options.dry_run && !options.json) fmt::print("nothing was changed (--dry-run)\n");
    return exit_success;
}

}  // namespace

void add_group_reset(CLI::App& family, Action& action) {
    auto* command =
        family.add_subcommand("reset", "Move a group to other offsets; its members must be stopped.");
    auto options = std::make_shared<ResetOptions>();
    command->add_option("group", options->group, "The group.")->required()->type_name("GROUP");
    command->add_option("--topic,-t", options->topics, "Only this topic or partition; may be repeated.")
        ->type_name("TOPIC[:PARTITION]")
        ->allow_extra_args(false);
    command->add_flag("--to-earliest", options->to_earliest, "To the first record there is.");
    command->add_flag("--to-latest", options->to_latest, "Behind the last record: skip everything.");
    command->add_option("--to-offset", options->to_offset, "To this offset.")->type_name("N");
    command
        ->add_option("--to-timestamp", options->to_timestamp,
                     "To the first record not older than this, in milliseconds since 1970.")
        ->type_name("MS");
    command->add_option("--shift", options->shift, "Forwards (5) or back (-5) by so many records.")
        ->type_name("N");
    command
        ->add_option("--to-group", options->to_group,
                     "To where this group, or the subscription of this name, has come.")
        ->type_name("GROUP");
    command->add_flag("--dry-run,-n", options->dry_run, "Show what would be done and do nothing.");
    add_client_options(*command, options, true);
    add_examples(
        *command,
        "  weir group reset billing --to-earliest --dry-run\n"
        "  weir group reset billing --topic orders:3 --shift -100\n"
        "  weir group reset billing --to-timestamp $(date -d '1 hour ago' +%s000)\n"
        "\nWithout --topic it moves every partition for which the group has committed an offset. Offsets\n"
        "outside of what a partition holds are brought to its nearest end.");
    run_when_chosen(*command, action, std::move(options), run_reset);
}

}  // namespace weir::app
