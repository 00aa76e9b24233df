// Whole-file helpers on the file seam.
#include "runtime/file.hpp"

namespace weir::runtime {

Result<void> File::write_zeros(std::uint64_t position, std::uint64_t length) {
    static const Bytes zeros(std::size_t{1} << 20);
    for (std::uint64_t done = 0; done < length; done += zeros.size()) {
        const auto count = std::min<std::uint64_t>(zeros.size(), length - done);
        if (auto written = write(position + done, ByteView{zeros}.first(count)); !written) return written;
    }
    return {};
}

Result<Bytes> read_file(FileSystem& files, const std::string& path, std::uint64_t limit) {
    auto file = files.open(path, OpenMode::read);
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    if (*size > limit) return Error{Errc::limit_exceeded, path + " is larger than weir ever writes it"};
    Bytes content(*size);
    const auto got = (*file)->read(0, content);
    if (!got) return got.error();
    content.resize(*got);
    return content;
}

Result<void> replace_file(FileSystem& files, const std::string& path, ByteView content) {
    const auto temporary = path + ".tmp";
    auto file = files.open(temporary, OpenMode::create);
    if (!file) return file.error();
    if (auto done = (*file)->truncate(0); !done) return done;
    if (auto done = (*file)->write(0, content); !done) return done;
    if (auto done = (*file)->sync_data(); !done) return done;
    if (auto done = files.rename(temporary, path); !done) return done;
    const auto slash = path.rfind('/');
    return files.sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

}  // namespace weir::runtime
