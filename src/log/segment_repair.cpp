// Writing a segment's file from the journal.
#include "log/segment_repair.hpp"

#include <span>

#include "log/batch_format.hpp"
#include "log/layout.hpp"

namespace weir::log {

namespace {

constexpr std::uint64_t chunk_bytes = std::uint64_t{1} << 20;  // written at once, or one batch that is larger

Result<std::unique_ptr<runtime::File>> open_or_make(runtime::FileSystem& files, const std::string& path) {
    auto file = files.open(path, runtime::OpenMode::create);
    if (file || file.error().code != Errc::not_found) return file;
    if (auto done = files.make_directories(path.substr(0, path.rfind('/'))); !done) return done.error();
    return files.open(path, runtime::OpenMode::create);
}

// The first pieces, as many as lie side by side in the segment and fit a chunk.
std::span<const JournalPiece> first_stretch(std::span<const JournalPiece> pieces) {
    std::size_t count = 1;
    std::uint64_t bytes = pieces[0].bytes;
    for (; count < pieces.size() && bytes + pieces[count].bytes <= chunk_bytes; ++count) {
        if (pieces[count].segment_position != pieces[0].segment_position + bytes) break;
        bytes += pieces[count].bytes;
    }
    return pieces.first(count);
}

}  // namespace

Result<std::shared_ptr<runtime::File>> ReplayedJournal::open(std::uint32_t file) {
    const std::lock_guard lock{mutex_};
    auto& known = open_[file];
    if (!known) {
        auto opened = files_.open(directory_ + "/" + journal_name(first_ + file), runtime::OpenMode::read);
        if (!opened) return opened.error();
        known = std::move(*opened);
    }
    return known;
}

Result<void> ReplayedJournal::read(std::uint32_t file, std::uint64_t position, ByteSpan out) {
    const auto opened = open(file);
    if (!opened) return opened.error();
    const auto got = (*opened)->read(position, out);
    if (!got) return got.error();
    if (*got == out.size() && validate(out)) return {};
    return Error{Errc::corrupt,
                 fmt::format("{}/{} position {}: the batch that was replayed from here is no longer whole",
                             directory_, journal_name(first_ + file), position)};
}

Result<void> SegmentRepair::run(runtime::FileSystem& files, const std::string& stem) const {
    if (pieces.empty()) return {};
    auto file = open_or_make(files, stem + ".log");
    if (!file) return file.error();
    Bytes buffer;
    for (auto left = std::span{pieces}; !left.empty();) {
        const auto stretch = first_stretch(left);
        buffer.clear();
        for (const auto& piece : stretch) {
            const auto at = buffer.size();
            buffer.resize(at + piece.bytes);
            auto done =
                journal->read(piece.journal_file, piece.journal_position, ByteSpan{buffer}.subspan(at));
            if (!done) return done;
        }
        if (auto done = (*file)->write(stretch.front().segment_position, buffer); !done) return done;
        left = left.subspan(stretch.size());
    }
    return {};
}

}  // namespace weir::log
