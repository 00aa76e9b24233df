// JSON between the API's clients and the topology: arguments and settings both ways, and fields of requests
// as clients send them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "metadata/topology/value.hpp"

namespace weir::management {

using Json = nlohmann::json;

// In a struct, because an Error can be made of any Json.
struct Parsed {
    Json json = Json::object();
};
// Errors: invalid_argument. An empty text is an empty object.
Result<Parsed> parse_json(std::string_view text);
// Bytes that are no UTF-8 become U+FFFD.
std::string json_text(const Json& json);

// What arguments and headers without a value are shown as: RabbitMQ's word.
inline constexpr std::string_view no_value = "undefined";

Json to_json(const topology::Value& value);
Json to_json(const topology::Table& table);
Json to_json(const std::vector<std::string>& list);
// Of declarations and messages: with the word for no value.
Json arguments_json(const topology::Table& arguments);
// Errors: invalid_argument: too deep, or a number too large.
Result<topology::Value> to_value(const Json& json, std::size_t depth = 0);
Result<topology::Table> to_table(const Json& json);

// A request's fields. Clients send booleans and numbers as texts, too. The first that can't be read is told
// by error(); until then, fields that are not there are as the caller says.
class Fields {
  public:
    // `json` outlives it.
    explicit Fields(const Json& json);

    bool has(const char* name) const { return find(name) != nullptr; }
    std::string text(const char* name, std::string_view otherwise = "");
    std::string must_text(const char* name);
    bool flag(const char* name, bool otherwise);
    std::int64_t integer(const char* name, std::int64_t otherwise);
    topology::Table table(const char* name);
    // The same as arguments_json() writes it.
    topology::Table arguments(const char* name);
    // Of texts: a list, or words with commas between them.
    std::vector<std::string> words(const char* name);

    void fail(std::string message);
    const std::optional<Error>& error() const { return error_; }

  private:
    const Json* find(const char* name) const;
    void wrong(const char* name, const char* wanted);

    const Json& json_;
    std::optional<Error> error_;
};

}  // namespace weir::management
