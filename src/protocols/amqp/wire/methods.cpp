// Decoding of any method by its id.
#include "protocols/amqp/wire/methods.hpp"

#include <fmt/format.h>

#include "protocols/amqp/wire/utf8.hpp"

namespace weir::amqp {

namespace {

// Whether all short strings of a method are text.
struct TextCheck {
    bool good = true;

    void field(std::string_view, const std::string_view& value) { good = good && is_utf8(value); }
    void field(std::string_view, const auto&) {}
};

template <Method M>
Result<AnyMethod> decode(ByteView bytes) {
    Reader reader(bytes);
    M method;
    M::fields(method, reader);
    if (!reader.ok()) return Error(Errc::corrupt, fmt::format("{}: {}", M::info.name, reader.problem()));
    if (!reader.rest().empty()) {
        return Error(Errc::corrupt, fmt::format("{}: bytes follow the last field", M::info.name));
    }
    if constexpr (!M::info.has_content) {
        TextCheck check;
        M::fields(method, check);
        if (!check.good) return Error(Errc::invalid_argument, std::string{not_utf8});
    }
    return AnyMethod{method};
}

}  // namespace

std::optional<MethodInfo> method_info(MethodId id) {
    std::optional<MethodInfo> info;
    dispatch(id, [&]<Method M>(MethodType<M>) { info = M::info; });
    return info;
}

MethodInfo info_of(const AnyMethod& method) {
    return std::visit([]<Method M>(const M&) { return M::info; }, method);
}

Result<MethodId> take_method_id(ByteView& payload) {
    if (payload.size() < 4) return Error(Errc::corrupt, "a method frame is too short for a method's id");
    const MethodId id{load_big<std::uint16_t>(payload.data()), load_big<std::uint16_t>(payload.data() + 2)};
    payload = payload.subspan(4);
    return id;
}

Result<AnyMethod> decode_method(MethodId id, ByteView fields) {
    std::optional<Result<AnyMethod>> method;
    dispatch(id, [&]<Method M>(MethodType<M>) { method.emplace(decode<M>(fields)); });
    if (method) return *std::move(method);
    return Error(Errc::unsupported, fmt::format("there is no method {}.{}", id.class_id, id.method_id));
}

}  // namespace weir::amqp
