// Files of two slots, each a sealed block that begins with a sequence number.
#include "consensus/two_slot_file.hpp"

#include "base/log_line.hpp"
#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

constexpr std::size_t slot_size = 4096;  // so that no two share a sector
constexpr std::size_t sequence_size = 8;

Bytes slot_of(const SlotForm& form, std::uint64_t sequence, ByteView fields) {
    Bytes all(sequence_size);
    store_little(all.data(), sequence);
    all.insert(all.end(), fields.begin(), fields.end());
    return seal_block(form.magic, form.version, all);
}

}  // namespace

Result<std::unique_ptr<TwoSlotFile>> TwoSlotFile::create(runtime::FileSystem& files, std::string path,
                                                         SlotForm form, ByteView fields) {
    Bytes content(2 * slot_size);
    std::ranges::copy(slot_of(form, 0, fields), content.begin());
    std::ranges::copy(slot_of(form, 1, fields), content.begin() + slot_size);
    if (auto done = runtime::replace_file(files, path, content); !done) return done.error();
    return open(files, std::move(path), form);
}

Result<std::unique_ptr<TwoSlotFile>> TwoSlotFile::open(runtime::FileSystem& files, std::string path,
                                                       SlotForm form) {
    auto file = files.open(path, runtime::OpenMode::write);
    if (!file) return file.error();
    Bytes content(2 * slot_size);
    const auto count = (*file)->read(0, content);
    if (!count) return count.error();
    content.resize(*count);
    std::unique_ptr<TwoSlotFile> out{new TwoSlotFile{std::move(*file), form}};
    Error failure;
    bool is_whole = true;
    for (std::size_t slot = 0; slot < 2; ++slot) {
        const auto at = std::min(slot * slot_size, content.size());
        const auto found = open_block(form.magic, form.version, ByteView{content}.subspan(at),
                                      sequence_size + form.fields_size, path, at);
        if (!found) {
            failure = found.error();
            if (failure.code != Errc::corrupt) return failure;
            is_whole = false;
            continue;
        }
        const auto sequence = load_little<std::uint64_t>(found->data());
        if (!out->fields_.empty() && sequence < out->sequence_) continue;
        out->sequence_ = sequence;
        out->fields_.assign(found->begin() + sequence_size, found->end());
    }
    if (out->fields_.empty()) return failure;
    // A write was cut short, or it is damage; now, since a file that was cut off needs space for it.
    if (!is_whole) {
        log_warning("{}; its other slot counts", failure.message);
        if (auto written = out->write(Bytes{out->fields_}); !written) return written.error();
    }
    // What the last process wrote may not be durable yet, and from now on it counts.
    if (auto synced = out->sync(); !synced) return synced.error();
    return out;
}

Result<void> TwoSlotFile::write(ByteView fields) {
    const auto next = sequence_ + 1;
    if (auto done = file_->write(next % 2 * slot_size, slot_of(form_, next, fields)); !done) return done;
    sequence_ = next;
    fields_.assign(fields.begin(), fields.end());
    return {};
}

}  // namespace weir::consensus
