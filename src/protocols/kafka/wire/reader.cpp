// The parts of the Reader that need not be templates: long varints, tags, failures.
#include "protocols/kafka/wire/reader.hpp"

#include <fmt/format.h>

#include "base/varint.hpp"

namespace weir::kafka {

std::string Reader::problem() const {
    return fmt::format("field '{}' at byte {} {}", name_, failed_at_, failure_ ? failure_ : "is fine");
}

void Reader::fail(const char* what) {
    if (ok()) {
        failure_ = what;
        failed_at_ = at_ - start_;
    }
    end_ = at_;
}

std::uint32_t Reader::long_uvarint() {
    ByteView in = rest();
    const auto value = take_uvarint(in);
    if (!value || *value > UINT32_MAX) {
        fail("has a length that is cut short or too large");
        return 0;
    }
    at_ = in.data();
    return static_cast<std::uint32_t>(*value);
}

std::uint32_t Reader::tag_count() {
    const auto count = uvarint();
    if (count > max_tags) fail("is followed by too many tagged fields");
    return ok() ? count : 0;
}

void Reader::skip_tagged_fields() {
    name_ = "tagged fields";
    for (auto left = tag_count(); left > 0 && ok(); --left) {
        uvarint();
        take(uvarint());
    }
}

}  // namespace weir::kafka
