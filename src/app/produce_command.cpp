// `weir produce`: records from lines of standard input, a file or the command line.
#include <cstdio>
#include <fstream>
#include <iostream>

#include "app/interrupt.hpp"
#include "app/producer_options.hpp"
#include "app/terminal.hpp"

namespace weir::app {

namespace {

struct ProduceOptions : ClientOptions {
    std::string topic;
    std::int32_t partition = -1;
    std::optional<std::string> key;
    std::optional<std::string> key_delimiter;
    std::vector<std::string> headers;
    std::vector<std::string> messages;
    std::string file;
    std::optional<std::uint64_t> count;
    bool empty_is_null = false;
    std::int64_t timestamp_ms = -1;
    client::ProducerSettings settings;
};

// One `weir produce` at work: sends, and counts what became of it.
class Sender {
  public:
    explicit Sender(const ProduceOptions& options) : options_(options) {}

    Result<void> open() {
        for (const auto& text : options_.headers) {
            auto header = parse_assignment(text, "--header");
            if (!header) return header.error();
            headers_.push_back({header->first, header->second});
        }
        const auto connection = connection_options(options_);
        if (!connection) return connection.error();
        auto producer = client::Producer::open(*connection, options_.settings,
                                               [this](const client::Delivery& delivery) { note(delivery); });
        if (!producer) return producer.error();
        producer_ = std::move(*producer);
        return {};
    }

    bool done() const { return interrupted() || (options_.count && sent_ >= *options_.count); }

    Result<void> send(std::string_view line) {
        client::Record record{options_.topic, options_.partition, -1, options_.timestamp_ms, {}, line,
                              headers_};
        if (options_.key) record.key = *options_.key;
        if (options_.key_delimiter) {
            const auto at = line.find(*options_.key_delimiter);
            if (at != std::string_view::npos) {
                record.key = line.substr(0, at);
                record.value = line.substr(at + options_.key_delimiter->size());
            }
        }
        if (options_.empty_is_null && record.value->empty()) record.value.reset();
        auto sent = producer_->send(record, sent_);
        if (sent) ++sent_;
        producer_->poll(0);
        return sent;
    }

    Result<int> finish() {
        const auto patience_ms = options_.connection.timeout_ms;
        for (auto left = producer_->unanswered(); left > 0;) {  // as long as there is progress
            if (producer_->flush(patience_ms)) break;
            if (producer_->unanswered() == left) {
                return Error{Errc::timed_out,
                             fmt::format("{} of {} records got no answer from the broker", left, sent_)};
            }
            left = producer_->unanswered();
        }
        if (first_error_) {
            return Error{first_error_->code, fmt::format("{} of {} records were not delivered: {}", failed_,
                                                         sent_, first_error_->message)};
        }
        if (is_terminal(STDERR_FILENO)) fmt::print(stderr, "delivered {} records\n", sent_);
        return exit_success;
    }

  private:
    void note(const client::Delivery& delivery) {
        if (delivery.error) {
            ++failed_;
            if (!first_error_) first_error_ = delivery.error;
        } else if (options_.json) {
            fmt::print("{{\"record\": {}, \"partition\": {}, \"offset\": {}}}\n", delivery.tag,
                       delivery.partition, delivery.offset);
        }
    }

    const ProduceOptions& options_;
    std::vector<client::Header> headers_;
    std::unique_ptr<client::Producer> producer_;
    std::uint64_t sent_ = 0, failed_ = 0;
    std::optional<Error> first_error_;
};

Result<void> send_lines(Sender& sender, std::istream& input) {
    std::string line;
    while (!sender.done() && std::getline(input, line)) {
        if (auto sent = sender.send(line); !sent) return sent;
    }
    return {};
}

// --message: each once, or over and over until --count is reached.
Result<void> send_messages(Sender& sender, const ProduceOptions& options) {
    do {
        for (const auto& message : options.messages) {
            if (sender.done()) return {};
            if (auto sent = sender.send(message); !sent) return sent;
        }
    } while (options.count);
    return {};
}

Result<void> send_input(Sender& sender, const ProduceOptions& options) {
    if (!options.messages.empty()) return send_messages(sender, options);
    if (options.file.empty() || options.file == "-") {
        if (is_terminal(STDIN_FILENO)) fmt::print(stderr, "each line is a record; Ctrl-D ends\n");
        return send_lines(sender, std::cin);
    }
    std::ifstream file{options.file, std::ios::binary};
    if (!file) return Error{Errc::invalid_argument, fmt::format("--file: can't read {}", options.file)};
    return send_lines(sender, file);
}

Result<int> run_produce(const ProduceOptions& options) {
    std::ios::sync_with_stdio(false);
    Sender sender{options};
    if (auto opened = sender.open(); !opened) return opened.error();
    catch_interrupts();
    const auto sent = send_input(sender, options);
    auto finished = sender.finish();
    if (!sent) return sent.error();
    return finished;
}

void add_record_options(CLI::App& command, ProduceOptions& options) {
    command
        .add_option("--message,-m", options.messages, "Send this instead of reading lines; may be repeated.")
        ->type_name("TEXT")
        ->allow_extra_args(false);
    command.add_option("--file,-f", options.file, "Read lines from a file instead of standard input.")
        ->type_name("FILE");
    command.add_option("--count,-c", options.count, "Stop after so many; --message is repeated until then.")
        ->type_name("N");
    auto* key = command.add_option("--key,-k", options.key, "The key of every record.")->type_name("KEY");
    command
        .add_option("--key-delimiter,-K", options.key_delimiter,
                    "What separates key and value in a line; a line without it has no key.")
        ->type_name("TEXT")
        ->excludes(key);
    command.add_option("--header,-H", options.headers, "A header of every record; may be repeated.")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command
        .add_option("--partition,-p", options.partition,
                    "The partition; default: the key, or chance, decides.")
        ->check(CLI::NonNegativeNumber)
        ->type_name("N");
    command
        .add_option("--timestamp", options.timestamp_ms,
                    "The records' time, in milliseconds since 1970; default: now.")
        ->check(CLI::NonNegativeNumber)
        ->type_name("MS");
    command.add_flag("--null,-Z", options.empty_is_null,
                     "Empty values are null: tombstones in compacted topics.");
}

}  // namespace

void add_produce_command(CLI::App& parent, Action& action) {
    auto* command = parent.add_subcommand("produce", "Send records.");
    auto options = std::make_shared<ProduceOptions>();
    command->add_option("topic", options->topic, "The topic.")->required()->type_name("TOPIC");
    add_record_options(*command, *options);
    add_producer_options(*command, options->settings);
    add_client_options(*command, options, false);
    command->add_flag("--json", options->json, "Print where each record went, one JSON object a line.");
    add_examples(*command,
                 "  echo hello | weir produce greetings\n"
                 "  weir produce orders -K: < orders.txt            lines such as 42:two apples\n"
                 "  weir produce orders -k 42 -m 'two apples' -H source=shop --json\n"
                 "  weir produce orders -m ping --count 1000 --compression zstd --idempotent\n"
                 "\nEnds with 0 once every record was acknowledged.");
    run_when_chosen(*command, action, std::move(options), run_produce);
}

}  // namespace weir::app
