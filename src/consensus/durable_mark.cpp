// The mark file (docs/formats/metadata.md).
#include "consensus/durable_mark.hpp"

namespace weir::consensus {

namespace {

constexpr SlotForm mark_form{.magic = "weirmark", .fields_size = 8 + 8 + 8 + 4};

std::string mark_path(const std::string& directory) {
    return directory + "/mark";
}

Bytes encode_mark(const DurablePoint& point) {
    Bytes fields(mark_form.fields_size);
    store_little(fields.data(), point.first);
    store_little(fields.data() + 8, point.last);
    store_little(fields.data() + 16, point.end);
    store_little(fields.data() + 24, point.chain);
    return fields;
}

DurablePoint decode_mark(ByteView fields) {
    return {.first = load_little<std::uint64_t>(fields.data()),
            .last = load_little<std::uint64_t>(fields.data() + 8),
            .end = load_little<std::uint64_t>(fields.data() + 16),
            .chain = load_little<std::uint32_t>(fields.data() + 24)};
}

}  // namespace

Result<std::unique_ptr<DurableMark>> DurableMark::create(runtime::FileSystem& files,
                                                         const std::string& directory,
                                                         const DurablePoint& point) {
    auto file = TwoSlotFile::create(files, mark_path(directory), mark_form, encode_mark(point));
    if (!file) return file.error();
    return std::unique_ptr<DurableMark>{new DurableMark{std::move(*file), point}};
}

Result<std::unique_ptr<DurableMark>> DurableMark::open(runtime::FileSystem& files,
                                                       const std::string& directory) {
    auto file = TwoSlotFile::open(files, mark_path(directory), mark_form);
    if (!file) return file.error();
    const auto point = decode_mark((*file)->fields());
    return std::unique_ptr<DurableMark>{new DurableMark{std::move(*file), point}};
}

Result<void> DurableMark::write(const DurablePoint& point) {
    if (auto done = file_->write(encode_mark(point)); !done) return done;
    point_ = point;
    return {};
}

}  // namespace weir::consensus
