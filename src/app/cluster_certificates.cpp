// Files with certificates and keys, for their owner alone.
#include "app/cluster_certificates.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "rpc/local_node.hpp"
#include "runtime/certificate.hpp"
#include "runtime/file.hpp"

namespace weir::app {

namespace {

constexpr std::int64_t day_s = 24 * 3600;
constexpr std::int64_t clock_difference_s =
    3600;  // between the machines: certificates are good that much earlier
constexpr std::uint64_t max_pem_bytes = 1 << 20;
constexpr mode_t private_directory = 0700, private_file = 0600;

Error failed(const std::string& path, std::string_view what) {
    return {errno == EEXIST ? Errc::already_exists : Errc::io_error,
            fmt::format("{} {}: {}", what, path, std::strerror(errno))};
}

Result<void> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), private_directory) == 0 || errno == EEXIST) return {};
    return failed(path, "can't make the directory");
}

Result<void> write_new_file(const std::string& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, private_file);
    if (file < 0) return failed(path, "can't make");
    const auto written = ::write(file, text.data(), text.size());
    const bool is_whole = written == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    if (::close(file) == 0 && is_whole) return {};
    return failed(path, "can't write");
}

Result<void> check_absent(const CertificatePaths& paths) {
    for (const auto& path : {paths.certificate, paths.key}) {
        if (std::filesystem::exists(path)) {
            return Error{
                Errc::already_exists,
                fmt::format("{} is there already, and is not overwritten: remove it first if it is to be "
                            "replaced",
                            path)};
        }
    }
    return {};
}

Result<void> write_pair(const CertificatePaths& paths, const runtime::CertifiedKey& made) {
    if (auto written = write_new_file(paths.key, made.key); !written) return written;
    return write_new_file(paths.certificate, made.certificate);
}

Result<runtime::CertifiedKey> read_authority(const std::string& directory) {
    const auto paths = authority_paths(directory);
    runtime::CertifiedKey found;
    for (const auto& [path, text] :
         {std::pair{&paths.certificate, &found.certificate}, std::pair{&paths.key, &found.key}}) {
        const auto content = runtime::read_file(runtime::posix_file_system(), *path, max_pem_bytes);
        if (!content && content.error().code == Errc::not_found) {
            return Error{
                Errc::not_found,
                fmt::format("there is no {}: `weir cluster certificate ca {}` makes a cluster's authority",
                            *path, directory)};
        }
        if (!content) return content.error();
        *text = as_text(*content);
    }
    return found;
}

}  // namespace

CertificatePaths authority_paths(const std::string& directory) {
    return {directory + "/ca.crt", directory + "/ca.key"};
}
CertificatePaths node_paths(const std::string& directory, NodeId node) {
    const auto base = fmt::format("{}/node-{}", directory, node.value);
    return {base + ".crt", base + ".key"};
}

Result<void> make_cluster_authority(const std::string& directory, Uuid cluster_id, std::int64_t days,
                                    std::int64_t now_s) {
    if (auto made = make_directory(directory); !made) return made;
    const auto paths = authority_paths(directory);
    if (auto absent = check_absent(paths); !absent) return absent;
    const auto made = runtime::make_authority({.common_name = fmt::format("cluster {}", cluster_id.text()),
                                               .uris = {rpc::certified_uri({cluster_id, std::nullopt})},
                                               .not_before_s = now_s - clock_difference_s,
                                               .not_after_s = now_s + days * day_s});
    if (!made) return made.error();
    return write_pair(paths, *made);
}

Result<Uuid> make_node_certificate(const std::string& directory, const NodeCertificate& wanted,
                                   std::int64_t now_s) {
    const auto authority = read_authority(directory);
    if (!authority) return authority.error();
    const auto facts = runtime::read_certificate(authority->certificate);
    const auto cluster = facts ? rpc::certified_name(*facts) : std::nullopt;
    if (!cluster) {
        return Error{Errc::invalid_argument,
                     fmt::format("{} names no cluster: it was not made by `weir cluster certificate ca`",
                                 authority_paths(directory).certificate)};
    }
    const auto paths = node_paths(directory, wanted.node);
    if (auto absent = check_absent(paths); !absent) return absent.error();
    const auto made =
        runtime::make_certificate({.common_name = fmt::format("node {}", wanted.node.value),
                                   .uris = {rpc::certified_uri({cluster->cluster_id, wanted.node})},
                                   .hosts = wanted.hosts,
                                   .not_before_s = now_s - clock_difference_s,
                                   .not_after_s = std::min(now_s + wanted.days * day_s, facts->not_after_s)},
                                  *authority);
    if (!made) return made.error();
    if (auto written = write_pair(paths, *made); !written) return written.error();
    return cluster->cluster_id;
}

}  // namespace weir::app
