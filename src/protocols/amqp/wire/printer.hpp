// Prints methods and properties for logs and tests: JSON without spaces, with each table value's type.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "protocols/amqp/wire/methods.hpp"
#include "protocols/amqp/wire/properties.hpp"

namespace weir::amqp {

// Text as a JSON string; what is no UTF-8 is printed byte for byte as \u00xx.
std::string quoted(std::string_view text);
// {"name":{"S":"text"},"count":{"I":-5}}: the letter is that of the wire.
std::string print(const Table& table);
std::string print(const Array& array);
std::string print(const FieldValue& value);

class Printer {
  public:
    template <class M>
    static std::string print(const M& message) {
        Printer printer;
        M::fields(message, printer);
        return "{" + printer.text_ + "}";
    }
    template <class T>
    void field(std::string_view name, const std::optional<T>& member) {
        if (member) field(name, *member);
    }
    template <class T>
    void field(std::string_view name, const T& member) {
        fmt::format_to(std::back_inserter(text_), "{}\"{}\":{}", text_.empty() ? "" : ",", name,
                       value(member));
    }

  private:
    static std::string value(Bit auto v) { return v ? "true" : "false"; }
    static std::string value(Number auto v) { return fmt::format("{}", v); }
    static std::string value(const std::string_view& v) { return quoted(v); }
    static std::string value(const LongString& v) { return quoted(v.text); }
    static std::string value(const Secret&) { return "\"***\""; }
    static std::string value(const Table& v) { return amqp::print(v); }

    std::string text_;
};

// {"ticket":0,"queue":"orders",...}
template <Method M>
std::string print(const M& method) {
    return Printer::print(method);
}
std::string print(const Properties& properties);
// queue.declare {"ticket":0,...}
std::string print(const AnyMethod& method);

}  // namespace weir::amqp
