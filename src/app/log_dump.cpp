// `weir log dump`: what segment and journal files hold, straight from the disk.
#include <filesystem>

#include "app/command.hpp"
#include "app/log_command.hpp"
#include "app/record_format.hpp"
#include "broker/message/record_reader.hpp"
#include "log/batch_walker.hpp"
#include "log/journal_reader.hpp"
#include "log/layout.hpp"

namespace weir::app {

namespace {

using runtime::File;

struct DumpOptions {
    std::vector<std::string> files;
    bool records = false;
};

constexpr const char* codecs[] = {"none", "gzip", "snappy", "lz4", "zstd", "codec 5", "codec 6", "codec 7"};

void print_batch(log::BatchView batch, std::uint64_t position, bool is_sound) {
    fmt::print("offset {}..{}  position {}  bytes {}  records {}  time {}..{}  epoch {}  {}",
               batch.base_offset().value, batch.last_offset().value, position, batch.size(),
               batch.record_count(), batch.base_timestamp(), batch.max_timestamp(),
               batch.leader_epoch().value, codecs[batch.compression_bits()]);
    if (batch.producer_id() != no_producer) {
        fmt::print("  producer {} epoch {} sequence {}", batch.producer_id().value,
                   batch.producer_epoch().value, batch.base_sequence());
    }
    if (batch.is_transactional()) fmt::print("  transactional");
    if (batch.is_control()) fmt::print("  control");
    fmt::print("{}\n", is_sound ? "" : "  DAMAGED: the checksum does not hold");
}

client::Record as_client_record(const message::RecordView& record) {
    client::Record out{.offset = record.offset.value, .timestamp_ms = record.timestamp_ms};
    if (record.key) out.key = as_text(*record.key);
    if (record.value) out.value = as_text(*record.value);
    for (const auto& [name, value] : record.headers()) {
        out.headers.push_back({std::string{name}, std::nullopt});
        if (value) out.headers.back().value = std::string{as_text(*value)};
    }
    return out;
}

Result<void> print_records(ByteView batch) {
    return message::for_each_record(batch, [](const message::RecordView& record) -> Result<bool> {
        std::string line;
        append_json(line, as_client_record(record));
        fmt::print("  {}", line);
        return true;
    });
}

// False: the batch is damaged.
Result<bool> dump_batch(File& file, const log::BatchPlace& place, bool records) {
    Bytes batch(place.size);
    if (const auto read = file.read(place.position, batch); !read) return read.error();
    const bool is_sound = static_cast<bool>(log::validate(batch));
    print_batch(log::BatchView{batch.data()}, place.position, is_sound);
    if (records && is_sound) {
        if (auto printed = print_records(batch); !printed) return printed.error();
    }
    return is_sound;
}

// False: something is damaged.
Result<bool> dump_segment(File& file, const std::string& path, bool records) {
    const auto size = file.size();
    if (!size) return size.error();
    bool all_sound = true;
    std::uint64_t end = 0;
    log::BatchWalker walker{file, 0, Offset{0}, *size, log::batch_header_size};
    for (;;) {
        const auto place = walker.next();
        if (!place && place.error().code != Errc::corrupt) return place.error();
        if (!place || !*place) break;
        const auto sound = dump_batch(file, **place, records);
        if (!sound) return sound.error();
        all_sound = all_sound && *sound;
        end = (*place)->end_position();
    }
    if (end < *size)
        fmt::print("{}: the last {} bytes, from {} on, are no whole batch\n", path, *size - end, end);
    return all_sound;
}

std::string entry_text(const log::JournalEntry& entry) {
    const auto where = fmt::format("{}:{} offset {}", entry.key.topic_id.text(), entry.key.partition.value,
                                   entry.offset.value);
    switch (entry.type) {
        case log::EntryType::description: {
            const auto about = log::decode_description(entry.data);
            return fmt::format("description  {}:{} {}", entry.key.topic_id.text(), entry.key.partition.value,
                               about ? about->label : "(damaged)");
        }
        case log::EntryType::batch: return fmt::format("batch        {}  bytes {}", where, entry.data.size());
        case log::EntryType::cut: return fmt::format("cut          {}", where);
        case log::EntryType::start: return fmt::format("start        {}", where);
        case log::EntryType::removal: return fmt::format("removal      {}", where);
    }
    return fmt::format("type {}       {}", static_cast<int>(entry.type), where);
}

Result<bool> dump_journal(File& file, const std::string& path, bool records) {
    const auto size = file.size();
    if (!size) return size.error();
    std::optional<log::RoundHeader> last;
    std::uint64_t position = 0;
    for (;;) {
        const auto round = log::read_round(file, position, *size);
        if (!round) return round.error();
        if (!*round) break;
        const auto& header = (*round)->header;
        const bool follows =
            !last || (header.sequence == last->sequence + 1 && header.previous == last->checksum);
        if (!follows) break;  // what an earlier use of the file has left
        fmt::print("round {}  position {}  bytes {}  entries {}  durable {}  time {}\n", header.sequence,
                   position, header.size(), header.entries, header.durable_sequence, header.time_ms);
        const auto shown =
            log::for_each_entry(header, (*round)->payload, [&](const log::JournalEntry& entry) {
                fmt::print("  {}\n", entry_text(entry));
                if (records && entry.type == log::EntryType::batch) return print_records(entry.data);
                return Result<void>{};
            });
        if (!shown) return shown.error();
        last = header;
        position += header.size();
    }
    fmt::print("{}: the journal's rounds end at {} of {} bytes\n", path, position, *size);
    return true;
}

// The files that a path means: itself, or all segments and journal files below it.
Result<std::vector<std::string>> files_below(const std::string& path) {
    std::error_code failure;
    if (!std::filesystem::is_directory(path, failure)) return std::vector{path};
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, failure)) {
        const auto name = entry.path().filename().string();
        const auto segment = log::parse_segment_name(name);
        if ((segment && !segment->index) || log::parse_journal_name(name))
            found.push_back(entry.path().string());
    }
    if (failure) return Error{Errc::io_error, fmt::format("can't read {}: {}", path, failure.message())};
    std::sort(found.begin(), found.end());
    return found;
}

Result<bool> dump_file(const std::string& path, bool records) {
    const auto name = std::filesystem::path{path}.filename().string();
    const auto file = runtime::posix_file_system().open(path, runtime::OpenMode::read);
    if (!file) return Error{file.error().code, fmt::format("can't read {}: {}", path, file.error().message)};
    if (log::parse_journal_name(name)) return dump_journal(**file, path, records);
    const auto segment = log::parse_segment_name(name);
    if (segment && !segment->index) return dump_segment(**file, path, records);
    return Error{Errc::invalid_argument,
                 fmt::format("{} is named neither like a segment (0-00000000000000000000.log) "
                             "nor like a journal file (journal-00000000000000000001)",
                             path)};
}

Result<int> run_dump(const DumpOptions& options) {
    bool all_sound = true;
    for (const auto& path : options.files) {
        const auto files = files_below(path);
        if (!files) return files.error();
        for (const auto& file : *files) {
            fmt::print("{}\n", file);
            const auto sound = dump_file(file, options.records);
            if (!sound) return sound.error();
            all_sound = all_sound && *sound;
        }
    }
    return all_sound ? exit_success : exit_failure;
}

}  // namespace

void add_log_dump(CLI::App& family, Action& action) {
    auto* command =
        family.add_subcommand("dump", "Print the batches of segments and the rounds of journal files.");
    auto options = std::make_shared<DumpOptions>();
    command->add_option("file", options->files, "Files, or directories with all below them.")
        ->required()
        ->type_name("FILE");
    command->add_flag("--records", options->records, "The records too, one JSON object a line.");
    add_examples(
        *command,
        "  weir log dump data/topics/orders.*/0-*.log\n"
        "  weir log dump data/journal --records\n"
        "\nOnly reads. Of a running server it may see a last batch half written. Ends with 1 if a checksum\n"
        "does not hold.");
    run_when_chosen(*command, action, std::move(options), run_dump);
}

}  // namespace weir::app
