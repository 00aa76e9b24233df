// Building, writing and syncing the journal's rounds.
#include "log/journal_writer.hpp"

#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "base/log_line.hpp"
#include "log/layout.hpp"

namespace weir::log {

namespace {

constexpr std::size_t copied_bytes = 4096;                     // smaller batches are copied together
constexpr std::uint64_t round_bytes = std::uint64_t{8} << 20;  // a longer commit is split into several rounds

const Bytes padding(journal_block);

}  // namespace

JournalWriter::JournalWriter(JournalSpace& space, const Uuid& store, JournalPosition from,
                             std::unique_ptr<runtime::File> file, bool prepared)
    : space_(space),
      store_(store),
      file_(std::move(file)),
      prepared_(prepared),
      end_(from),
      durable_sequence_(from.sequence - 1) {}

void JournalWriter::begin(std::int64_t now_ms) {
    now_ms_ = now_ms;
    rounds_ = 0;
    failure_.reset();
    saved_end_ = end_;
    first_.reset();
    scratch_.assign(round_header_size, 0);
    scratch_from_ = 0;
    parts_.clear();
    entries_ = 0;
    payload_bytes_ = 0;
    if (auto done = take_back(); !done) failure_ = done.error();
}

void JournalWriter::add(const JournalEntry& entry) {
    const auto bytes = entry_header_size + entry.data.size();
    if (entries_ > 0 && payload_bytes_ + bytes > round_bytes && !failure_) {
        if (auto done = write_round(); !done) failure_ = done.error();
    }
    const auto at = scratch_.size();
    scratch_.resize(at + entry_header_size);
    encode_entry_header(entry, static_cast<std::uint32_t>(entry.data.size()), scratch_.data() + at);
    if (entry.data.size() <= copied_bytes) {
        scratch_.insert(scratch_.end(), entry.data.begin(), entry.data.end());
    } else {
        close_scratch_part();
        parts_.push_back({.outside = entry.data});
    }
    ++entries_;
    payload_bytes_ += bytes;
}

void JournalWriter::close_scratch_part() {
    if (scratch_.size() > scratch_from_)
        parts_.push_back({.outside = {}, .begin = scratch_from_, .end = scratch_.size()});
    scratch_from_ = scratch_.size();
}

Result<void> JournalWriter::write() {
    if (entries_ > 0 && !failure_) {
        if (auto done = write_round(); !done) failure_ = done.error();
    }
    if (!failure_) return {};
    leave_behind();
    // Never back into the file before: of two rounds with one sequence, readers believe the one in the later
    // file.
    if (end_.file == saved_end_.file) {
        end_ = saved_end_;
    } else {
        end_.position = 0;
        end_.sequence = saved_end_.sequence;
        end_.previous = saved_end_.previous;
    }
    return *failure_;
}

Result<void> JournalWriter::write_round() {
    ASSERT(payload_bytes_ <= largest_round);
    close_scratch_part();
    RoundHeader header{.store = store_,
                       .sequence = end_.sequence,
                       .durable_sequence = durable_sequence_,
                       .payload_bytes = static_cast<std::uint32_t>(payload_bytes_),
                       .entries = entries_,
                       .previous = end_.previous,
                       .time_ms = now_ms_};
    views_.clear();
    for (const auto& part : parts_) {
        views_.push_back(part.outside.empty() ? ByteView{scratch_}.subspan(part.begin, part.end - part.begin)
                                              : part.outside);
    }
    header.payload_checksum = crc32c(views_.front().subspan(round_header_size));
    for (std::size_t i = 1; i < views_.size(); ++i)
        header.payload_checksum = crc32c(views_[i], header.payload_checksum);
    const auto bytes = round_header_size + payload_bytes_;
    if (header.size() > bytes) views_.push_back(ByteView{padding}.first(header.size() - bytes));

    const bool full = end_.position > 0 && end_.position + header.size() > space_.file_bytes();
    if (full || (!prepared_ && space_.ready())) {
        if (auto done = switch_file(); !done) return done;
    }
    encode_round_header(header, scratch_.data());
    if (rounds_ == 0) first_ = {file_, end_.position, end_.sequence};
    if (auto done = file_->write(end_.position, views_); !done) return done;
    end_.position += header.size();
    ++end_.sequence;
    end_.previous = header.checksum;
    ++rounds_;
    written_bytes_.fetch_add(header.size(), std::memory_order_relaxed);
    space_.want_ahead(end_.position);

    scratch_.assign(round_header_size, 0);
    scratch_from_ = 0;
    parts_.clear();
    entries_ = 0;
    payload_bytes_ = 0;
    return {};
}

// What has failed may be whole on disk, if it was only its filling that found no room. A start that finds it
// would do what the logs have gone on without: cut off what was acknowledged since. Nothing is acknowledged
// until it is gone.
void JournalWriter::leave_behind() {
    if (!first_) return;  // it is an earlier one that could not be taken back
    left_ = std::exchange(first_, std::nullopt);
    if (auto done = take_back(); !done)
        log_warning("journal: {}: nothing is written until what has failed is taken back",
                    done.error().message);
}

Result<void> JournalWriter::take_back() {
    if (!left_) return {};
    std::array<std::uint8_t, round_header_size> bytes{};
    const auto got = left_->file->read(left_->position, bytes);
    if (!got) return got.error();
    const auto header = decode_round_header(ByteView{bytes}.first(*got));
    if (header && header->store == store_ && header->sequence == left_->sequence) {
        const auto zeros = ByteView{padding}.first(round_header_size);
        if (auto done = left_->file->write(left_->position, zeros); !done) return done;
        sync_file(*left_->file);
    }
    left_.reset();
    return {};
}

Result<void> JournalWriter::switch_file() {
    auto next = space_.open_after(end_.file);
    if (!next) return next.error();
    if (rounds_ > 0) sync_file(*file_);
    file_ = std::move(next->file);
    prepared_ = next->prepared;
    end_.file = next->number;
    end_.position = 0;
    space_.set_current(end_.file);
    return {};
}

void JournalWriter::sync_file(runtime::File& file) const {
    if (auto done = file.sync_data(); !done) {
        die(fmt::format(
            "{}: {}. What the disk holds is unknown after this; weir stops so as not to acknowledge records "
            "that are not there. Check the disk, then start again: what was acknowledged is in the journal",
            journal_name(end_.file), done.error().message));
    }
}

void JournalWriter::sync() {
    sync_file(*file_);
    durable_sequence_ = end_.sequence - 1;
}

}  // namespace weir::log
