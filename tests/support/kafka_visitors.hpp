// Visitors of Kafka messages for tests: one fills a message with values, one prints it, one looks for
// mistakes.
#pragma once

#include <fmt/format.h>

#include <random>

#include "protocols/kafka/wire/records.hpp"
#include "protocols/kafka/wire/schema.hpp"
#include "support/golden.hpp"

namespace weir::test {

// Prints what a version carries of a message, as JSON without spaces; bytes and Uuids in hexadecimal.
class KafkaPrinter {
  public:
    explicit KafkaPrinter(std::int16_t version) : version_(version) {}

    template <class M>
    static std::string print(const M& message, std::int16_t version) {
        KafkaPrinter printer(version);
        printer.value(message);
        return std::move(printer.text_);
    }
    template <class T>
    void field(const T& member, const kafka::Field& f) {
        if (!f.in.has(version_)) return;
        separate();
        text_ += fmt::format("\"{}\":", f.name);
        value(member);
    }

  private:
    template <class T>
    void value(const T& v) {
        if constexpr (std::is_same_v<T, bool>)
            text_ += v ? "true" : "false";
        else if constexpr (kafka::Number<T>)
            text_ += fmt::format("{}", kafka::wire_integer(v));
        else if constexpr (kafka::Text<T>)
            text_ += fmt::format("\"{}\"", v);
        else if constexpr (std::is_same_v<T, Uuid>)
            hex(v.bytes);
        else if constexpr (std::is_same_v<T, kafka::Records>)
            hex(v.bytes);
        else if constexpr (kafka::Binary<T>)
            hex(v);
        else if constexpr (kafka::Nullable<T>) {
            if (v)
                value(*v);
            else
                text_ += "null";
        } else if constexpr (kafka::Array<T>) {
            text_ += '[';
            for (const auto& element : v) {
                separate();
                value(element);
            }
            text_ += ']';
        } else {
            text_ += '{';
            T::fields(v, *this);
            text_ += '}';
        }
    }
    void separate() {
        if (!text_.empty() && std::string_view{"{[:"}.find(text_.back()) == std::string_view::npos)
            text_ += ',';
    }
    void hex(ByteView bytes) { text_ += fmt::format("\"{}\"", to_hex(bytes)); }

    std::int16_t version_;
    std::string text_;
};

// Fills what a version carries of a message with random values: strings and arrays short, nulls where they
// may be. Views point to constants.
class KafkaFiller {
  public:
    KafkaFiller(std::int16_t version, std::uint32_t seed) : version_(version), random_(seed) {}

    template <class M>
    static M make(std::int16_t version, std::uint32_t seed) {
        M message;
        KafkaFiller filler(version, seed);
        M::fields(message, filler);
        return message;
    }
    template <class T>
    void field(T& member, const kafka::Field& f) {
        if (f.in.has(version_)) fill(member, f.nullable.has(version_));
    }

  private:
    template <class T>
    void fill(T& v, bool nullable) {
        if constexpr (kafka::Number<T>)
            v = kafka::from_wire<T>(number<kafka::WireInteger<T>>());
        else if constexpr (kafka::Text<T>)
            v = T{text()};
        else if constexpr (std::is_same_v<T, Uuid>)
            v = Uuid::from_random(random_(), random_());
        else if constexpr (std::is_same_v<T, kafka::Records>)
            v = {.bytes = as_bytes(text())};
        else if constexpr (kafka::Binary<T>) {
            const auto bytes = as_bytes(text());
            v = T{bytes.begin(), bytes.end()};
        } else if constexpr (kafka::Nullable<T>) {
            v.reset();
            if (!nullable || random_() % 3) fill(v.emplace(), false);
        } else if constexpr (kafka::Array<T>) {
            v.resize(random_() % 4);
            for (auto& element : v) fill(element, false);
        } else {
            T::fields(v, *this);
        }
    }
    template <class Integer>
    Integer number() {
        switch (random_() % 4) {
            case 0: return 0;
            case 1: return -1;
            case 2: return static_cast<Integer>(random_() % 100);
            default: return static_cast<Integer>(std::uint64_t{random_()} << 32 | random_());
        }
    }
    std::string_view text() {
        static const std::string longest(300, 'x');
        static const std::string_view texts[] = {"", "a", "orders", "\xc3\xa9t\xc3\xa9", longest};
        return texts[random_() % std::size(texts)];
    }

    std::int16_t version_;
    std::mt19937 random_;
};

// Lists what is wrong with a message's own description.
class KafkaLint {
  public:
    explicit KafkaLint(const kafka::Api& api) : api_(api) {}

    // The mistakes, a line each; empty if there are none.
    template <class M>
    static std::string check() {
        KafkaLint lint(M::api);
        lint.look_into<M>(M::api.name);
        return std::move(lint.mistakes_);
    }
    template <class T>
    void field(const T& member, const kafka::Field& f) {
        names_.push_back(f.name);
        if (std::ranges::count(names_, f.name) > 1) mistake(f, "is there twice");
        if (f.in.min > f.in.max || f.in.min > api_.versions.max || f.in.max < api_.versions.min) {
            mistake(f, "is in no version");
        }
        constexpr bool may_be_null = kafka::Nullable<T> || std::is_same_v<T, kafka::Records>;
        const bool says_null = f.nullable.min <= f.nullable.max;
        if (may_be_null != says_null) mistake(f, "is nullable by type or by version, but not by both");
        if (f.tag >= 0) check_tag(member, f);
        look_into<T>(f.name);
    }

  private:
    template <class T>
    void check_tag(const T& member, const kafka::Field& f) {
        if (f.tag <= last_tag_) mistake(f, "has a tag that does not ascend");
        last_tag_ = f.tag;
        if (f.in.min < api_.flexible.min) mistake(f, "is tagged in a version that is not flexible");
        if (!kafka::is_unset(member, f)) mistake(f, "has a default that it would send");
        if (std::is_same_v<T, kafka::Records>)
            mistake(f, "must not be tagged: its size is not known in time");
    }
    template <class T>
    void look_into(std::string_view name) {
        if constexpr (kafka::Struct<T>) {
            const auto outer_path = path_;
            const auto outer_names = std::exchange(names_, {});
            const auto outer_tag = std::exchange(last_tag_, -1);
            path_ += fmt::format("{}.", name);
            const T sample{};
            T::fields(sample, *this);
            path_ = outer_path;
            names_ = outer_names;
            last_tag_ = outer_tag;
        } else if constexpr (kafka::Array<T> || kafka::Nullable<T>) {
            look_into<typename T::value_type>(name);
        }
    }
    void mistake(const kafka::Field& f, std::string_view what) {
        mistakes_ += fmt::format("{}{} {}\n", path_, f.name, what);
    }

    const kafka::Api& api_;
    std::string path_;
    std::vector<std::string_view> names_;
    int last_tag_ = -1;
    std::string mistakes_;
};

}  // namespace weir::test
