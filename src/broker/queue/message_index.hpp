// Where the messages of one lane lie in the log, by their numbers, in a few bytes each.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "broker/queue/field_codec.hpp"

namespace weir::queue {

// Such a message is offered to whoever waits for one, and dropped if nobody does.
inline constexpr std::int64_t expires_at_once = 0;

// What is known of a message without reading it.
struct IndexEntry {
    Offset position;                 // of the record that put it into the queue, or of its content
    std::uint64_t bytes = 0;         // of content
    std::int64_t expires_ms = -1;    // wall clock, or expires_at_once
    std::uint64_t content_back = 0;  // how far before `position` the content lies: 0 unless it was referred
    std::uint64_t group = 0;         // the hash of its key; 0: none

    Offset content() const { return position - static_cast<std::int64_t>(content_back); }
    bool operator==(const IndexEntry&) const = default;
};

// Entries are kept in blocks of 64 numbers; full ones are packed: for each of an entry's fields the smallest
// value and the differences from it, in as many bytes as the largest needs, or nothing where all are zero. A
// block can be let go of by itself, so that one old message does not hold all behind it.
//
// A packed block is one immutable piece of memory: what lies between the head and the tail of a long queue
// can be moved to a file behind this same interface.
class MessageIndex {
  public:
    static constexpr std::uint64_t block_entries = 64;
    // A block's bytes may not be more, whoever wrote them.
    static constexpr std::size_t max_block_bytes = 8 + 5 * (1 + 8 + 8 * block_entries);

    std::uint64_t end() const { return end_; }
    // Returns the entry's number. `time_ms` is when it came (wall clock), which is kept for a whole block.
    std::uint64_t append(const IndexEntry& entry, std::int64_t time_ms);
    // The number must be below end() and its block still there.
    IndexEntry at(std::uint64_t number) const;
    bool has(std::uint64_t number) const;

    // Lets go of the block of which `number` is one, once it is full; of a part of the unfinished one never.
    void drop_block(std::uint64_t number);
    // The first number whose block is there, or end().
    std::uint64_t first_kept() const;
    // When the last message of the number's block came.
    std::int64_t block_time_ms(std::uint64_t number) const;
    // Entries that are not packed yet begin here.
    std::uint64_t tail_begin() const { return end_ / block_entries * block_entries; }
    // Nothing before end() is needed any more: takes no memory until the next append.
    void drop_all();

    std::size_t memory_bytes() const;

    void write(FieldWriter& out) const;
    static MessageIndex read(FieldReader& in);

  private:
    using Block = std::unique_ptr<std::uint8_t[]>;

    void seal();
    const std::uint8_t* find(std::uint64_t block) const;
    void shrink();

    std::uint64_t end_ = 0;
    std::uint64_t first_block_ = 0;  // of blocks_[0]
    std::vector<Block> blocks_;      // packed ones; null: let go of
    std::size_t gone_ = 0;           // so many at the front are null
    std::vector<IndexEntry> tail_;   // from tail_begin() on, or empty: not needed any more
    std::uint64_t kept_from_ = 0;    // nothing before it is there, whatever its block says
    std::int64_t tail_time_ms_ = 0;
};

}  // namespace weir::queue
