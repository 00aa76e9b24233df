// Certificates that a test makes for itself: an authority and what it signs.
#pragma once

#include <string>
#include <vector>

#include "runtime/tls_context.hpp"

namespace weir::test {

struct Life {
    std::int64_t not_before_s = 0;
    std::int64_t not_after_s = 0;
};
Life valid_life();    // from an hour ago to an hour ahead
Life expired_life();  // it ended a minute ago

class TestAuthority {
  public:
    explicit TestAuthority(const std::string& name = "test authority");

    const std::string& certificate() const { return authority_.certificate; }
    runtime::CertifiedKey certify(const std::string& name, const std::vector<std::string>& uris = {},
                                  Life life = valid_life()) const;
    // A side with such a certificate, which trusts this authority; throws if it can't be made.
    std::shared_ptr<runtime::TlsContext> context(const std::string& name,
                                                 const std::vector<std::string>& uris = {},
                                                 Life life = valid_life()) const;
    // A side that trusts this authority and has no certificate.
    std::shared_ptr<runtime::TlsContext> context_without_certificate() const;

  private:
    runtime::CertifiedKey authority_;
};

}  // namespace weir::test
