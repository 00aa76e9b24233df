// A piece begins with a magic, its number and how many there are.
#include "broker/queue/snapshot_pieces.hpp"

#include <algorithm>
#include <array>

#include "base/varint.hpp"
#include "broker/message/record_reader.hpp"
#include "log/batch_walker.hpp"
#include "log/read_batches.hpp"

namespace weir::queue {
namespace {

constexpr std::string_view piece_magic = "WQP1";
constexpr std::size_t header_chunk_bytes = 4096;          // read at a time on the way along the headers
constexpr std::size_t walk_bytes = std::size_t{1} << 30;  // of the log, asked for at a time
constexpr std::int64_t first_look = 65'536;               // positions back from the end, then ever more
constexpr std::int64_t wider = 8;
constexpr std::size_t record_begin_bytes = 32;  // are enough to see whether it has a key

struct Piece {
    std::uint64_t number = 0;
    std::uint64_t count = 1;
    ByteView bytes;
};

// A snapshot in one record is its own only piece.
std::optional<Piece> piece_of(ByteView value) {
    if (value.size() < piece_magic.size() || as_text(value.first(piece_magic.size())) != piece_magic)
        return Piece{.bytes = value};
    value = value.subspan(piece_magic.size());
    const auto number = take_uvarint(value), count = take_uvarint(value);
    if (!number || !count || *number >= *count) return std::nullopt;
    return Piece{*number, *count, value};
}

// Whether the batch at `place` begins with a record without a key.
Result<bool> has_no_key(runtime::File& file, const log::BatchPlace& place) {
    std::array<std::uint8_t, record_begin_bytes> begin{};
    const auto got = file.read(place.position + log::batch_header_size, begin);
    if (!got) return got.error();
    ByteView in(begin.data(), *got);
    const auto length = take_varint(in);
    if (!length || in.empty()) return false;
    in = in.subspan(1);  // attributes
    const auto time = take_varint(in), offset = take_varint(in), key = take_varint(in);
    return time && offset && key == -1;
}

// The pieces that come one after the other, as far as it is one snapshot.
class Search {
  public:
    Search(log::PartitionLog& log, Offset end) : log_(log), end_(end) {}

    Result<std::optional<Offset>> from(Offset begin) {
        found_.reset();
        next_ = 0;
        while (begin < end_) {
            const auto ranges = log_.read(begin, end_, walk_bytes);
            if (!ranges) return ranges.error();
            if (ranges->empty()) break;
            for (const auto& range : *ranges) {
                if (auto walked = walk(range); !walked) return walked.error();
            }
            begin = ranges->back().next;
        }
        return found_;
    }

  private:
    Result<void> walk(const log::FileRange& range) {
        const auto end = range.position + range.size;
        log::BatchWalker walker{*range.file, range.position, Offset{0}, end, header_chunk_bytes};
        while (true) {
            const auto place = walker.next();
            if (!place) return place.error();
            if (!*place) return {};
            const bool may_be = walker.view().record_count() == 1 && !walker.view().is_control();
            const auto is_one = may_be ? has_no_key(*range.file, **place) : Result<bool>{false};
            if (!is_one) return is_one.error();
            if (!*is_one) {
                next_ = 0;
            } else if (auto looked = look_into((*place)->base, (*place)->next); !looked) {
                return looked;
            }
        }
    }
    Result<void> look_into(Offset at, Offset next) {
        return log::read_batches(log_, at, next, 1, [&](const log::StoredBatch& batch) {
            return message::for_each_record(batch.bytes, [&](const auto& record) -> Result<bool> {
                take(at, piece_of(record.value.value_or(ByteView{})));
                return true;
            });
        });
    }
    void take(Offset at, const std::optional<Piece>& piece) {
        if (!piece || (piece->number != 0 && piece->number != next_)) {
            next_ = 0;
            return;
        }
        if (piece->number == 0) begin_ = at;
        next_ = piece->number + 1;
        if (next_ == piece->count) found_ = begin_;
    }

    log::PartitionLog& log_;
    const Offset end_;
    Offset begin_;            // of the pieces at hand
    std::uint64_t next_ = 0;  // of them
    std::optional<Offset> found_;
};

}  // namespace

std::vector<Bytes> snapshot_values(Bytes snapshot, std::size_t piece_bytes) {
    std::vector<Bytes> values;
    if (snapshot.size() <= piece_bytes) {
        values.push_back(std::move(snapshot));
        return values;
    }
    const auto count = (snapshot.size() + piece_bytes - 1) / piece_bytes;
    for (std::size_t n = 0; n < count; ++n) {
        const auto part = ByteView(snapshot).subspan(n * piece_bytes);
        Bytes value(piece_magic.begin(), piece_magic.end());
        put_uvarint(value, n);
        put_uvarint(value, count);
        value.insert(value.end(), part.begin(),
                     part.begin() + static_cast<std::ptrdiff_t>(std::min(piece_bytes, part.size())));
        values.push_back(std::move(value));
    }
    return values;
}

Result<std::optional<Bytes>> SnapshotPieces::add(ByteView value) {
    const auto piece = piece_of(value);
    if (!piece) return Error{Errc::corrupt, "a queue log has a broken piece of a snapshot"};
    if (piece->number == 0) {
        drop();
        count_ = piece->count;
    }
    if (piece->number != next_ || piece->count != count_)
        return Error{Errc::corrupt, "a queue log has a piece of a snapshot without those before it"};
    whole_.insert(whole_.end(), piece->bytes.begin(), piece->bytes.end());
    if (++next_ < count_) return std::optional<Bytes>{};
    auto whole = std::move(whole_);
    drop();
    return std::optional{std::move(whole)};
}

Result<std::optional<Offset>> newest_snapshot(log::PartitionLog& log, Offset end) {
    Search search{log, end};
    for (auto back = first_look;; back *= wider) {
        const bool is_all = end - log.log_start() <= back;
        const auto found = search.from(is_all ? log.log_start() : end - back);
        if (!found || *found || is_all) return found;
    }
}

}  // namespace weir::queue
