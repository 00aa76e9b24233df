// The hello's layout and rules.
#include "rpc/hello.hpp"

namespace weir::rpc {

namespace {

constexpr std::size_t hello_bytes = 48;

template <class T>
void put(Bytes& out, T value) {
    out.resize(out.size() + sizeof value);
    store_little(out.data() + out.size() - sizeof value, value);
}

template <class T>
void take(ByteView& in, T& value) {
    value = load_little<T>(in.data());
    in = in.subspan(sizeof value);
}

Error refused(std::string text) {
    return {Errc::not_authorized, std::move(text)};
}

Result<void> check_certificate(const Hello& theirs, const runtime::CertificateFacts& certificate) {
    const auto claimed = certified_uri({theirs.cluster_id, theirs.from});
    if (std::ranges::find(certificate.uris, claimed) != certificate.uris.end()) return {};
    return refused(fmt::format("node {}'s certificate ({}) is not that of {}", theirs.from.value,
                               certificate.subject, claimed));
}

}  // namespace

Bytes encode_hello(const Hello& hello) {
    Bytes out;
    out.reserve(hello_bytes);
    put(out, hello.lowest_version);
    put(out, hello.highest_version);
    out.insert(out.end(), hello.cluster_id.bytes.begin(), hello.cluster_id.bytes.end());
    put(out, hello.from.value);
    put(out, hello.to.value);
    put(out, hello.stream);
    put(out, hello.incarnation);
    put(out, hello.attempt);
    return out;
}

Result<Hello> decode_hello(ByteView in) {
    if (in.size() < hello_bytes) return Error{Errc::corrupt, "a hello is too short"};
    Hello hello;
    take(in, hello.lowest_version);
    take(in, hello.highest_version);
    std::memcpy(hello.cluster_id.bytes.data(), in.data(), hello.cluster_id.bytes.size());
    in = in.subspan(hello.cluster_id.bytes.size());
    take(in, hello.from.value);
    take(in, hello.to.value);
    take(in, hello.stream);
    take(in, hello.incarnation);
    take(in, hello.attempt);
    if (hello.from.value < 0 || hello.to.value < 0 || hello.stream >= max_streams)
        return Error{Errc::corrupt, "a hello's numbers are out of range"};
    return hello;
}

Result<std::uint16_t> check_hello(const LocalNode& self, const Hello& theirs,
                                  const runtime::CertificateFacts* certificate) {
    // Without certificates everybody is believed, also that it knows no cluster yet.
    const bool knows_none =
        certificate == nullptr && (theirs.cluster_id.is_zero() || self.cluster_id.is_zero());
    if (theirs.cluster_id != self.cluster_id && !knows_none) {
        return refused(fmt::format("node {} is of cluster {}, but this node is of cluster {}",
                                   theirs.from.value, theirs.cluster_id.text(), self.cluster_id.text()));
    }
    if (theirs.to != self.id && theirs.to != any_node) {
        return refused(fmt::format("node {} wants node {} at the address of node {}", theirs.from.value,
                                   theirs.to.value, self.id.value));
    }
    if (theirs.from == self.id && theirs.stream < first_command_stream)
        return refused(fmt::format("node {} was called by another node of the same number", self.id.value));
    if (certificate != nullptr) {
        if (auto checked = check_certificate(theirs, *certificate); !checked) return checked.error();
    }
    if (theirs.lowest_version > protocol_version || theirs.highest_version < protocol_version) {
        return Error{Errc::unsupported,
                     fmt::format("node {} speaks versions {} to {} of the protocol, node {} only {}",
                                 theirs.from.value, theirs.lowest_version, theirs.highest_version,
                                 self.id.value, protocol_version)};
    }
    return protocol_version;
}

}  // namespace weir::rpc
