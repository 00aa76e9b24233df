// Visitors of AMQP methods for tests: one fills a method or properties with values, one looks for mistakes.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "protocols/amqp/wire/methods.hpp"
#include "protocols/amqp/wire/properties.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::test {

// Fills with random values; what is viewed are constants.
class AmqpFiller {
  public:
    explicit AmqpFiller(std::uint32_t seed) : random_(seed) {}

    template <class M>
    static M make(std::uint32_t seed) {
        M message;
        AmqpFiller filler(seed);
        M::fields(message, filler);
        return message;
    }
    template <class T>
    void field(std::string_view name, std::optional<T>& member) {
        member.reset();
        if (random_() % 2) field(name, member.emplace());
    }
    void field(std::string_view, amqp::Bit auto& member) { member = random_() % 2; }
    template <amqp::Number T>
    void field(std::string_view, T& member) {
        const T choices[] = {0, 1, static_cast<T>(~T{0}), static_cast<T>(random_())};
        member = choices[random_() % 4];
    }
    void field(std::string_view, std::string_view& member) { member = text(); }
    void field(std::string_view, amqp::LongText auto& member) { member.text = text(); }
    void field(std::string_view, amqp::Table& member) {
        static const auto all = table_of_all_types();
        member = random_() % 2 ? all.table() : amqp::Table{};
    }

    // A field of each type, under the name of its letter.
    static amqp::TableWriter table_of_all_types() {
        amqp::TableWriter inner, writer;
        amqp::ArrayWriter array;
        inner.add("deep", "text").add("nothing", nullptr);
        array.add(std::int32_t{1}).add("two").add(inner.table());
        writer.add("t", true).add("b", std::int8_t{-1}).add("B", std::uint8_t{200});
        writer.add("s", std::int16_t{-300}).add("u", std::uint16_t{60000}).add("I", std::int32_t{-70000});
        writer.add("i", std::uint32_t{4000000000}).add("l", std::int64_t{-5000000000});
        writer.add("L", amqp::FieldValue{amqp::FieldType::long_int64, as_bytes({"\xff\0\0\0\0\0\0\1", 8})});
        writer.add("f", 1.5f).add("d", -2.25).add("D", amqp::Decimal{2, 314});
        writer.add("S", "text").add("A", array.array()).add_timestamp("T", 1777863721);
        writer.add("F", inner.table()).add("V", nullptr).add("x", as_bytes({"\0\1\xff", 3}));
        return writer;
    }

  private:
    std::string_view text() {
        static const std::string longest(255, 'x');
        static const std::string_view texts[] = {"", "a", "orders", "\xc3\xa9t\xc3\xa9", longest};
        return texts[random_() % std::size(texts)];
    }

    std::mt19937 random_;
};

// Lists what is wrong with a method's own description.
class AmqpLint {
  public:
    template <class M>
    static std::string check() {
        AmqpLint lint;
        const M sample{};
        M::fields(sample, lint);
        return std::move(lint.mistakes_);
    }
    void field(std::string_view name, const auto&) {
        if (std::ranges::count(names_, name) > 0) mistakes_ += std::string{name} + " is there twice\n";
        if (name.find('-') != std::string_view::npos) mistakes_ += std::string{name} + " has a hyphen\n";
        names_.push_back(name);
    }

  private:
    std::vector<std::string_view> names_;
    std::string mistakes_;
};

}  // namespace weir::test
