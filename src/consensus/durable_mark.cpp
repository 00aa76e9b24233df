// The mark file (docs/formats/metadata.md).
#include "consensus/durable_mark.hpp"

#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view magic = "weirmark";
constexpr std::uint32_t version = 1;
constexpr std::size_t fields_size = 8 + 8 + 8 + 8 + 4;
constexpr std::size_t slot_size = 4096;  // so that no two share a sector

std::string path_in(const std::string& directory) {
    return directory + "/mark";
}

Bytes slot_of(std::uint64_t sequence, const DurablePoint& point) {
    Bytes fields(fields_size);
    store_little(fields.data(), sequence);
    store_little(fields.data() + 8, point.first);
    store_little(fields.data() + 16, point.last);
    store_little(fields.data() + 24, point.end);
    store_little(fields.data() + 32, point.chain);
    return seal_block(magic, version, fields);
}

}  // namespace

Result<std::unique_ptr<DurableMark>> DurableMark::create(runtime::FileSystem& files,
                                                         const std::string& directory,
                                                         const DurablePoint& point) {
    Bytes content(2 * slot_size);
    std::ranges::copy(slot_of(0, point), content.begin());
    std::ranges::copy(slot_of(1, point), content.begin() + slot_size);
    if (auto done = runtime::replace_file(files, path_in(directory), content); !done) return done.error();
    return open(files, directory);
}

Result<std::unique_ptr<DurableMark>> DurableMark::open(runtime::FileSystem& files,
                                                       const std::string& directory) {
    const auto path = path_in(directory);
    auto file = files.open(path, runtime::OpenMode::write);
    if (!file) return file.error();
    Bytes content(2 * slot_size);
    const auto got = (*file)->read(0, content);
    if (!got) return got.error();
    content.resize(*got);
    std::unique_ptr<DurableMark> out{new DurableMark{std::move(*file)}};
    Error failure;
    bool is_found = false;
    for (std::size_t slot = 0; slot < 2; ++slot) {
        const auto at = std::min(slot * slot_size, content.size());
        const auto fields = open_block(magic, version, ByteView{content}.subspan(at), fields_size, path, at);
        if (!fields) {
            failure = fields.error();
            if (failure.code != Errc::corrupt) return failure;
            continue;
        }
        const auto sequence = load_little<std::uint64_t>(fields->data());
        if (is_found && sequence < out->sequence_) continue;
        is_found = true;
        out->sequence_ = sequence;
        out->point_ = {.first = load_little<std::uint64_t>(fields->data() + 8),
                       .last = load_little<std::uint64_t>(fields->data() + 16),
                       .end = load_little<std::uint64_t>(fields->data() + 24),
                       .chain = load_little<std::uint32_t>(fields->data() + 32)};
    }
    if (!is_found) return failure;
    return out;
}

Result<void> DurableMark::write(const DurablePoint& point) {
    const auto slot = (sequence_ + 1) % 2;
    if (auto done = file_->write(slot * slot_size, slot_of(sequence_ + 1, point)); !done) return done;
    ++sequence_;
    point_ = point;
    return {};
}

}  // namespace weir::consensus
