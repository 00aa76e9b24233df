// Test certificates by runtime's own maker.
#include "support/certificates.hpp"

#include "base/time.hpp"

namespace weir::test {

namespace {

constexpr std::int64_t minute_s = 60, hour_s = 3600;

std::int64_t now_s() {
    return system_clock().wall_ms() / 1000;
}

}  // namespace

Life valid_life() {
    return {now_s() - hour_s, now_s() + hour_s};
}
Life expired_life() {
    return {now_s() - hour_s, now_s() - minute_s};
}

TestAuthority::TestAuthority(const std::string& name)
    : authority_(runtime::make_authority({.common_name = name,
                                          .not_before_s = valid_life().not_before_s,
                                          .not_after_s = valid_life().not_after_s})
                     .value()) {}

runtime::CertifiedKey TestAuthority::certify(const std::string& name, const std::vector<std::string>& uris,
                                             Life life) const {
    return runtime::make_certificate({.common_name = name,
                                      .uris = uris,
                                      .not_before_s = life.not_before_s,
                                      .not_after_s = life.not_after_s},
                                     authority_)
        .value();
}

std::shared_ptr<runtime::TlsContext> TestAuthority::context(const std::string& name,
                                                            const std::vector<std::string>& uris,
                                                            Life life) const {
    const auto own = certify(name, uris, life);
    return runtime::TlsContext::make(
               {.certificates = own.certificate, .key = own.key, .authority = authority_.certificate})
        .value();
}

std::shared_ptr<runtime::TlsContext> TestAuthority::context_without_certificate() const {
    return runtime::TlsContext::make({.authority = authority_.certificate}).value();
}

}  // namespace weir::test
