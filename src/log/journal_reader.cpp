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

Result<bool> JournalReader::open(std::uint64_t number) {
    auto file = files_.open(directory_ + "/" + journal_name(number), runtime::OpenMode::read);
    if (!file && file.error().code == Errc::not_found) return false;
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    file_ = std::move(*file);
    file_size_ = *size;
    return true;
}

Result<std::optional<JournalRound>> JournalReader::next() {
    if (!opened_) {
        const auto found = open(position_.file);
        if (!found) return found.error();
        if (!*found) {
            return Error{Errc::not_found, directory_ + "/" + journal_name(position_.file) + " is missing"};
        }
        opened_ = true;
    }
    auto round = read_here();
    if (!round || *round) return round;
    // The writer goes on in the next file when a round does not fit, or when a better file is ready.
    const auto here = position_;
    auto old_file = std::move(file_);
    const auto old_size = file_size_;
    const auto found = open(position_.file + 1);
    if (!found) return found.error();
    if (*found) {
        ++position_.file;
        position_.position = 0;
        round = read_here();
        if (!round || *round) return round;
    }
    position_ = here;
    file_ = std::move(old_file);
    file_size_ = old_size;
    return round;
}

Result<std::optional<JournalRound>> JournalReader::read_here() {
    auto round = read_round(*file_, position_.position, file_size_);
    if (!round || !*round) return round;
    const auto& header = (*round)->header;
    if (header.store != store_ || header.sequence != position_.sequence ||
        header.previous != position_.previous) {
        return std::optional<JournalRound>{};
    }
    (*round)->file = position_.file;
    position_.position += header.size();
    ++position_.sequence;
    position_.previous = header.checksum;
    return round;
}

Result<void> JournalReader::check_end() {
    const auto end = position_;
    if (auto done = check_file(end.position); !done) return done;
    for (auto number = end.file + 1;; ++number) {
        const auto found = open(number);
        if (!found) return found.error();
        if (!*found) return {};
        if (auto done = check_file(0); !done) return done;
    }
}

Result<void> JournalReader::check_file(std::uint64_t position) {
    Bytes buffer(scan_bytes);
    for (; position < file_size_; position += scan_bytes) {
        const auto got = file_->read(position, buffer);
        if (!got) return got.error();
        for (std::size_t at = 0; at + round_header_size <= *got; at += journal_block) {
            const auto header = decode_round_header(ByteView{buffer}.subspan(at, round_header_size));
            if (!header || header->store != store_ || header->durable_sequence < position_.sequence) continue;
            return Error{
                Errc::corrupt,
                fmt::format("the journal is damaged: round {} at {}/{} position {} does not hold, but round "
                            "{} proves that it was durable. Restore the data directory from a backup or a "
                            "replica; starting anyway would lose acknowledged records",
                            position_.sequence, directory_, journal_name(position_.file), position_.position,
                            header->sequence)};
        }
    }
    return {};
}

}  // namespace weir::log
