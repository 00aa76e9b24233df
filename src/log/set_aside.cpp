// The file that says so, and the renaming.
#include "log/set_aside.hpp"

#include "base/log_line.hpp"
#include "log/checkpoint.hpp"
#include "log/layout.hpp"
#include "log/sealed_file.hpp"

namespace weir::log {

namespace {

constexpr FileKind loss_kind{.magic = 0x314c4457, .version = 1};  // "WDL1"
constexpr std::size_t longest_text = 4096;
constexpr std::size_t scan_bytes = std::size_t{1} << 20;
constexpr std::string_view aside_ending = ".set-aside-";  // and the loss's number
constexpr std::array aside{checkpoint_file, journal_folder, topics_folder};

std::string loss_path(const std::string& directory) {
    return directory + "/" + std::string{loss_file};
}

Result<void> write_loss(runtime::FileSystem& files, const std::string& directory, const StoreLoss& loss) {
    return runtime::replace_file(files, loss_path(directory), encode_loss(loss));
}

// Whose rounds the file holds, as far as one of them can be read.
std::optional<Uuid> store_in_journal(runtime::FileSystem& files, const std::string& path) {
    const auto file = files.open(path, runtime::OpenMode::read);
    if (!file) return std::nullopt;
    Bytes buffer(scan_bytes);
    for (std::uint64_t position = 0;; position += scan_bytes) {
        const auto got = (*file)->read(position, buffer);
        if (!got || *got == 0) return std::nullopt;
        for (std::size_t at = 0; at + round_header_size <= *got; at += journal_block) {
            const auto header = decode_round_header(ByteView{buffer}.subspan(at, round_header_size));
            if (header) return header->store;
        }
    }
}

std::optional<Uuid> store_of(runtime::FileSystem& files, const std::string& directory) {
    if (const auto checkpoint = read_checkpoint(files, directory)) return checkpoint->store;
    const auto journals = journal_files(files, directory + "/" + std::string{journal_folder});
    if (!journals) return std::nullopt;
    for (const auto& [number, path] : *journals) {
        if (const auto store = store_in_journal(files, path)) return store;
    }
    return std::nullopt;
}

// How often that has happened while what was set aside before is still there.
Result<std::uint32_t> next_number(runtime::FileSystem& files, const std::string& directory) {
    const auto names = files.list(directory);
    if (!names) return names.error();
    std::uint32_t number = 1;
    for (;; ++number) {
        const auto ending = fmt::format("{}{}", aside_ending, number);
        const auto is_taken = [&](const auto& name) { return name.ends_with(ending); };
        if (std::ranges::none_of(*names, is_taken)) return number;
    }
}

void collect(runtime::FileSystem& files, const std::string& path, std::vector<std::string>& out) {
    if (const auto names = files.list(path)) {
        for (const auto& name : *names) collect(files, path + "/" + name, out);
    }
    out.push_back(path);
}

}  // namespace

Bytes encode_loss(const StoreLoss& loss) {
    auto out = begin_sealed(loss_kind);
    put_uuid(out, loss.store);
    put(out, loss.number);
    put(out, static_cast<std::uint8_t>(loss.is_over ? 1 : 0));
    put_text(out, std::string_view{loss.what}.substr(0, longest_text));
    seal(out);
    return out;
}

Result<StoreLoss> decode_loss(ByteView content) {
    const auto opened = unseal(content, loss_kind);
    if (!opened) return opened.error();
    auto in = *opened;
    StoreLoss loss;
    loss.store = in.take_uuid();
    loss.number = in.take<std::uint32_t>();
    const auto state = in.take<std::uint8_t>();
    loss.is_over = state == 1;
    loss.what = in.take_text();
    if (!in.ok() || in.left() != 0 || state > 1) return broken_seal();
    return loss;
}

Result<std::optional<StoreLoss>> read_loss(runtime::FileSystem& files, const std::string& directory) {
    const auto path = loss_path(directory);
    const auto content = runtime::read_file(files, path, largest_loss_file);
    if (!content && content.error().code == Errc::not_found) return std::optional<StoreLoss>{};
    if (!content) return content.error();
    auto loss = decode_loss(*content);
    if (!loss) return Error{loss.error().code, path + ": " + loss.error().message};
    return std::optional{std::move(*loss)};
}

Result<StoreLoss> begin_loss(runtime::FileSystem& files, const std::string& directory,
                             const std::string& what) {
    const auto store = store_of(files, directory);
    if (!store) return Error{Errc::corrupt, what};
    const auto number = next_number(files, directory);
    if (!number) return number.error();
    const StoreLoss loss{.store = *store, .number = *number, .what = what};
    if (auto written = write_loss(files, directory, loss); !written) return written.error();
    return loss;
}

Result<StoreLoss> set_aside(runtime::FileSystem& files, const std::string& directory, StoreLoss loss) {
    for (const auto name : aside) {
        const auto path = directory + "/" + std::string{name};
        auto renamed = files.rename(path, fmt::format("{}{}{}", path, aside_ending, loss.number));
        if (!renamed && renamed.error().code != Errc::not_found) return renamed.error();
    }
    if (auto synced = files.sync_directory(directory); !synced) return synced.error();
    loss.is_over = true;
    if (auto written = write_loss(files, directory, loss); !written) return written.error();
    log_error(
        "{0}: {1}. What this node held is set aside as {0}/*{2}{3}, and its partitions are filled again from "
        "the cluster's other nodes. A partition that no other node has stays away: bring such a node back, "
        "or delete the topic",
        directory, loss.what, aside_ending, loss.number);
    return loss;
}

Result<void> end_loss(runtime::FileSystem& files, const std::string& directory) {
    if (auto removed = files.remove(loss_path(directory)); !removed) return removed;
    return files.sync_directory(directory);
}

bool has_set_aside(runtime::FileSystem& files, const std::string& directory) {
    const auto names = files.list(directory);
    return names && std::ranges::any_of(*names, [](const auto& name) {
               return name.find(aside_ending) != std::string::npos;
           });
}

std::vector<std::string> set_aside_paths(runtime::FileSystem& files, const std::string& directory) {
    std::vector<std::string> paths;
    const auto names = files.list(directory);
    if (!names) return paths;
    for (const auto& name : *names) {
        if (name.find(aside_ending) != std::string::npos) collect(files, directory + "/" + name, paths);
    }
    return paths;
}

}  // namespace weir::log
