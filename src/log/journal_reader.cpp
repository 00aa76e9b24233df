// The walk along the journal.
#include "log/journal_reader.hpp"

#include "base/crc32c.hpp"
#include "log/layout.hpp"

namespace weir::log {

namespace {

constexpr std::size_t scan_bytes = std::size_t{1} << 20;

}  // namespace

Result<std::optional<JournalRound>> read_round(runtime::File& file, std::uint64_t position,
                                               std::uint64_t file_size) {
    std::array<std::uint8_t, round_header_size> bytes;
    const auto got = file.read(position, bytes);
    if (!got) return got.error();
    auto header = decode_round_header(ByteView{bytes}.first(*got));
    if (!header || position + round_header_size + header->payload_bytes > file_size) {
        return std::optional<JournalRound>{};
    }
    std::optional<JournalRound> round{std::in_place};
    round->header = *header;
    round->position = position;
    round->payload.resize(header->payload_bytes);
    const auto payload = file.read(position + round_header_size, round->payload);
    if (!payload) return payload.error();
    if (*payload < round->payload.size() || crc32c(round->payload) != header->payload_checksum) round.reset();
    return round;
}

Result<std::map<std::uint64_t, std::string>> journal_files(runtime::FileSystem& files,
                                                           const std::string& directory) {
    const auto names = files.list(directory);
    if (!names) return names.error();
    std::map<std::uint64_t, std::string> numbered;
    for (const auto& name : *names) {
        if (const auto number = parse_journal_name(name)) numbered.emplace(*number, directory + "/" + name);
    }
    return numbered;
}

JournalReader::JournalReader(runtime::FileSystem& files, const std::string& directory, const Uuid& store,
                             JournalPosition from)
    : files_(files), directory_(directory), store_(store), position_(from) {}

Result<JournalReader::OpenFile> JournalReader::open(std::uint64_t number) const {
    OpenFile opened;
    auto file = files_.open(directory_ + "/" + journal_name(number), runtime::OpenMode::read);
    if (!file && file.error().code == Errc::not_found) return opened;
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    opened.file = std::move(*file);
    opened.size = *size;
    return opened;
}

Result<void> JournalReader::open_first() {
    auto opened = open(position_.file);
    if (!opened) return opened.error();
    if (!opened->file) {
        return Error{Errc::not_found, directory_ + "/" + journal_name(position_.file) + " is missing"};
    }
    here_ = std::move(*opened);
    return peek();
}

// Looks at how the file after this one begins.
Result<void> JournalReader::peek() {
    auto opened = open(position_.file + 1);
    if (!opened) return opened.error();
    next_ = std::move(*opened);
    next_header_.reset();
    if (!next_.file) return {};
    std::array<std::uint8_t, round_header_size> bytes;
    const auto got = next_.file->read(0, bytes);
    if (!got) return got.error();
    next_header_ = decode_round_header(ByteView{bytes}.first(*got));
    return {};
}

bool JournalReader::follows(const RoundHeader& header) const {
    return header.store == store_ && header.sequence == position_.sequence &&
           header.previous == position_.previous;
}

// The writer goes on in the next file when a round does not fit, or when a better file is ready. What follows
// here then, with the same sequence, is left over from a commit that failed.
Result<bool> JournalReader::next_file_goes_on() const {
    if (!next_header_ || !follows(*next_header_)) return false;
    const auto round = read_round(*next_.file, 0, next_.size);
    if (!round) return round.error();
    return round->has_value();
}

Result<std::optional<JournalRound>> JournalReader::next() {
    if (!here_.file) {
        if (auto done = open_first(); !done) return done.error();
    }
    for (;;) {
        const auto goes_on = next_file_goes_on();
        if (!goes_on) return goes_on.error();
        if (!*goes_on) break;
        here_ = std::move(next_);
        ++position_.file;
        position_.position = 0;
        if (auto done = peek(); !done) return done.error();
    }
    auto round = read_round(*here_.file, position_.position, here_.size);
    if (!round || !*round) return round;
    const auto& header = (*round)->header;
    if (!follows(header)) return std::optional<JournalRound>{};
    (*round)->file = position_.file;
    position_.position += header.size();
    ++position_.sequence;
    position_.previous = header.checksum;
    return round;
}

Result<void> JournalReader::check_end() {
    if (auto done = check_file(here_, position_.position); !done) return done;
    // All that there are: one that is gone hides no others.
    const auto files = journal_files(files_, directory_);
    if (!files) return files.error();
    for (const auto& [number, path] : *files) {
        if (number <= position_.file) continue;
        const auto opened = open(number);
        if (!opened) return opened.error();
        if (!opened->file) continue;
        if (auto done = check_file(*opened, 0); !done) return done;
    }
    return {};
}

Result<void> JournalReader::check_file(const OpenFile& file, std::uint64_t position) const {
    Bytes buffer(scan_bytes);
    for (; position < file.size; position += scan_bytes) {
        const auto got = file.file->read(position, buffer);
        if (!got) return got.error();
        for (std::size_t at = 0; at + round_header_size <= *got; at += journal_block) {
            const auto header = decode_round_header(ByteView{buffer}.subspan(at, round_header_size));
            if (!header || header->store != store_ || header->durable_sequence < position_.sequence) continue;
            return Error{
                Errc::corrupt,
                fmt::format("the journal is damaged: round {} at {}/{} position {} does not hold, but "
                            "round {} proves that it was durable. Restore the data directory from a "
                            "backup or a replica; starting anyway would lose acknowledged records",
                            position_.sequence, directory_, journal_name(position_.file), position_.position,
                            header->sequence)};
        }
    }
    return {};
}

}  // namespace weir::log
