// OpenSSL's context: one for both directions.
#include "runtime/tls_context.hpp"

#include <openssl/err.h>

#include "runtime/tls_context_impl.hpp"

namespace weir::runtime {

namespace {

constexpr std::uint64_t max_pem_bytes = 1 << 20;
constexpr long max_peer_chain_bytes = 16 * 1024;
constexpr int max_chain_depth = 4;
constexpr std::size_t read_ahead_bytes = 64 * 1024;  // so that one system call brings several TLS records
constexpr const char* tls_1_2_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

Result<SslContextPointer> new_context() {
    ERR_clear_error();
    SslContextPointer made{SSL_CTX_new(TLS_method())};
    auto* context = made.get();
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, tls_1_2_ciphers) != 1) {
        return refused_by_openssl("TLS can't be set up");
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);  // frames tell where they end
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_max_cert_list(context, max_peer_chain_bytes);
    SSL_CTX_set_verify_depth(context, max_chain_depth);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, read_ahead_bytes);
    return made;
}

Result<void> use_authority(SSL_CTX* context, const std::string& pem) {
    const auto authorities = certificates_in(pem);
    if (authorities.empty())
        return Error{Errc::invalid_argument, "the authority holds no certificate in PEM"};
    for (const auto& each : authorities) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), each.get()) != 1 ||
            SSL_CTX_add_client_CA(context, each.get()) != 1) {
            return refused_by_openssl("the authority's certificate can't be used");
        }
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

Result<CertificateFacts> use_certificate(SSL_CTX* context, const TlsMaterial& material) {
    const auto chain = certificates_in(material.certificates);
    const auto key = private_key_in(material.key);
    if (chain.empty()) return Error{Errc::invalid_argument, "there is no certificate in PEM"};
    if (!key)
        return refused_by_openssl("the certificate's key can't be read (it must be PEM, without a password)");
    if (SSL_CTX_use_certificate(context, chain[0].get()) != 1)
        return refused_by_openssl("the certificate can't be used");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return refused_by_openssl("the key is not the certificate's");
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1)
            return refused_by_openssl("the chain can't be used");
    }
    return facts_of(chain[0].get());
}

Result<std::string> read_text(FileSystem& files, const std::string& path) {
    if (path.empty()) return std::string{};
    const auto content = read_file(files, path, max_pem_bytes);
    if (!content) return Error{content.error().code, fmt::format("{}: {}", path, content.error().message)};
    return std::string{as_text(*content)};
}

}  // namespace

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

const CertificateFacts* TlsContext::own_certificate() const {
    return impl_->own ? &*impl_->own : nullptr;
}
bool TlsContext::verifies_peers() const {
    return impl_->verifies_peers;
}

Result<std::shared_ptr<TlsContext>> TlsContext::make(const TlsMaterial& material) {
    auto impl = std::make_unique<Impl>();
    auto context = new_context();
    if (!context) return context.error();
    impl->context = std::move(*context);
    if (!material.authority.empty()) {
        if (auto done = use_authority(impl->context.get(), material.authority); !done) return done.error();
        impl->verifies_peers = true;
    }
    if (!material.certificates.empty() || !material.key.empty()) {
        auto own = use_certificate(impl->context.get(), material);
        if (!own) return own.error();
        impl->own = std::move(*own);
    }
    return std::shared_ptr<TlsContext>{new TlsContext{std::move(impl)}};
}

Result<std::shared_ptr<TlsContext>> TlsContext::load(FileSystem& files, const TlsMaterial& paths) {
    TlsMaterial material;
    for (const auto member : {&TlsMaterial::certificates, &TlsMaterial::key, &TlsMaterial::authority}) {
        auto text = read_text(files, paths.*member);
        if (!text) return text.error();
        material.*member = std::move(*text);
    }
    auto made = make(material);
    if (made) return made;
    return Error{made.error().code,
                 fmt::format("{} (certificates: {}, key: {}, authority: {})", made.error().message,
                             paths.certificates, paths.key, paths.authority)};
}

}  // namespace weir::runtime
