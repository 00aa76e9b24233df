// `weir topic copy`: makes the topics of another broker here, with their partitions and settings, not their
// records.
#include <algorithm>

#include "app/topic_command.hpp"
#include "client/topics.hpp"

namespace weir::app {

namespace {

struct CopyOptions : ClientOptions {
    std::string from;
    std::vector<std::string> topics;  // none: all
    int replicas = 0;                 // 0: as many as there
    bool dry_run = false;
};

// What of a topic can't be had here, a line each.
using CopyNotes = std::vector<std::string>;

bool is_of_the_broker(const std::string& name) {
    return name.starts_with("__");
}

Result<std::vector<client::TopicInfo>> topics_to_copy(const client::Connection& source,
                                                      const CopyOptions& options) {
    const auto cluster = client::describe_cluster(source);
    if (!cluster) return cluster.error();
    std::vector<client::TopicInfo> out;
    for (const auto& topic : cluster->topics) {
        const bool is_named = std::ranges::find(options.topics, topic.name) != options.topics.end();
        if (options.topics.empty() ? !is_of_the_broker(topic.name) : is_named) out.push_back(topic);
    }
    for (const auto& name : options.topics) {
        if (std::ranges::none_of(out, [&](const auto& topic) { return topic.name == name; }))
            return Error{Errc::not_found, fmt::format("there is no topic {} at {}", name, options.from)};
    }
    return out;
}

std::size_t replicas_of(const client::TopicInfo& topic) {
    return topic.partitions.empty() ? 1 : topic.partitions.front().replicas.size();
}

// As it is there, of settings only those of the topic's own.
Result<client::NewTopic> described(const client::Connection& source, const client::TopicInfo& topic,
                                   const CopyOptions& options, std::size_t nodes) {
    const auto settings = client::topic_config(source, topic.name);
    if (!settings) return settings.error();
    client::NewTopic out{
        topic.name,
        static_cast<int>(topic.partitions.size()),
        options.replicas > 0 ? options.replicas : static_cast<int>(std::min(replicas_of(topic), nodes)),
        {}};
    for (const auto& setting : *settings) {
        if (setting.is_set_on_topic) out.config.emplace(setting.name, setting.value);
    }
    return out;
}

// With all settings at once; else without, and one after the other, so that each that is refused is known.
Result<void> make_copy(const client::Connection& here, const client::NewTopic& topic, CopyNotes& notes) {
    const auto made = client::create_topic(here, topic);
    if (made || made.error().code == Errc::already_exists || topic.config.empty()) return made;
    auto bare = topic;
    bare.config.clear();
    if (client::create_topic(here, bare).has_error()) return made;
    for (const auto& [name, value] : topic.config) {
        const auto set = client::change_topic_config(here, topic.name, {{name, value}});
        if (!set) notes.push_back(fmt::format("{}={}: {}", name, value, set.error().message));
    }
    return {};
}

void add_differences(const client::NewTopic& topic, std::size_t replicas_there, CopyNotes& notes) {
    if (static_cast<std::size_t>(topic.replicas) < replicas_there)
        notes.push_back(
            fmt::format("{} replicas instead of {}: there are no more nodes (weir topic reassign "
                        "adds them later)",
                        topic.replicas, replicas_there));
    const auto policy = topic.config.find("cleanup.policy");
    if (policy != topic.config.end() && policy->second.find("compact") != std::string::npos)
        notes.push_back(
            fmt::format("cleanup.policy={}: weir does not compact, and keeps all records", policy->second));
}

Result<int> run_copy(const CopyOptions& options) {
    auto there = options;
    there.connection.bootstrap = options.from;
    const auto source = connect(there), here = connect(options);
    if (!source) return source.error();
    if (!here) return here.error();
    const auto topics = topics_to_copy(**source, options);
    if (!topics) return topics.error();
    const auto cluster = client::describe_cluster(**here);
    if (!cluster) return cluster.error();
    int code = exit_success;
    for (const auto& topic : *topics) {
        const auto wanted = described(**source, topic, options, cluster->brokers.size());
        if (!wanted) return wanted.error();
        CopyNotes notes;
        add_differences(*wanted, replicas_of(topic), notes);
        const auto made = options.dry_run ? Result<void>{} : make_copy(**here, *wanted, notes);
        if (!made) code = exit_failure;
        if (made)
            fmt::print("{} topic {} with {} partition{}\n", options.dry_run ? "would create" : "created",
                       topic.name, wanted->partitions, wanted->partitions == 1 ? "" : "s");
        else
            fmt::print("{}\n", made.error().message);
        for (const auto& note : notes) fmt::print("  {}\n", note);
    }
    if (options.dry_run) fmt::print("nothing was created (--dry-run)\n");
    return code;
}

}  // namespace

void add_topic_copy(CLI::App& family, Action& action) {
    auto* command =
        family.add_subcommand("copy", "Make another broker's topics here, with their settings, empty.");
    auto options = std::make_shared<CopyOptions>();
    command->add_option("topic", options->topics, "Only these topics; default: all but the broker's own.")
        ->type_name("TOPIC");
    command->add_option("--from", options->from, "The other broker, a Kafka for instance.")
        ->required()
        ->type_name("HOST:PORT");
    command
        ->add_option("--replicas,-r", options->replicas,
                     "How many replicas of each; default: as many as there, as far as there are nodes.")
        ->type_name("N")
        ->check(CLI::Range(1, 32));
    command->add_flag("--dry-run,-n", options->dry_run, "Show what would be done and do nothing.");
    add_client_options(*command, options, false);
    add_examples(*command,
                 "  weir topic copy --from kafka1:9092 --dry-run\n"
                 "  weir topic copy orders payments --from kafka1:9092 --replicas 3\n"
                 "\nWhat is different here stands below each topic. Records are not copied.");
    run_when_chosen(*command, action, std::move(options), run_copy);
}

}  // namespace weir::app
