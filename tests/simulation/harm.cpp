// Which file, and how.
#include "simulation/harm.hpp"

#include <fmt/format.h>

namespace weir::simulation {

std::string harm(test::FaultyFileSystem& files, const std::string& path, Dice& dice) {
    const auto size = static_cast<std::int64_t>(files.file_size(path).value());
    const auto at = static_cast<std::uint64_t>(dice.between(0, std::max<std::int64_t>(size, 1) - 1));
    const auto kind = size == 0 ? 4 : dice.between(1, 4);
    switch (kind) {
        case 1: files.flip_bit(path, at); break;
        case 2: files.zero(path, at, 512); break;
        case 3: files.cut(path, at); break;
        default: files.lose(path);
    }
    return fmt::format("{} of {} bytes is damaged at {} (kind {})", path, size, at, kind);
}

std::optional<std::string> metadata_file(const test::FaultyFileSystem& files, const std::string& directory,
                                         Dice& dice) {
    std::vector<std::string> paths;
    for (const auto& path : files.paths()) {
        const bool is_of_use = !path.ends_with("/lock") && !path.ends_with(".tmp") &&
                               path.find("/set-aside-") == std::string::npos;
        if (path.starts_with(directory + "/") && is_of_use) paths.push_back(path);
    }
    if (paths.empty()) return std::nullopt;
    return dice.pick(paths);
}

}  // namespace weir::simulation
