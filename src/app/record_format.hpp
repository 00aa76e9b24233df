// How `weir consume` prints records: a format like kcat's, or a line of JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "client/record.hpp"

namespace weir::app {

class RecordFormat {
  public:
    // %t topic, %p partition, %o offset, %T timestamp in milliseconds, %k key, %s value, %h headers
    // (a=1,b=2), %K and %S the sizes of key and value (-1: there is none), %% a percent sign; \n \t \r \\ \0
    // \xHH. What is not there prints as NULL. Errors: invalid_argument, naming the place.
    static Result<RecordFormat> parse(std::string_view format);

    void append(std::string& out, const client::Record& record) const;

  private:
    struct Piece {
        char field;  // 0: text
        std::string text;
    };
    std::vector<Piece> pieces_;
};

// One JSON object and a line's end; topic and partition only if there is a topic. Keys and values that are no
// UTF-8 go into key_base64 and value_base64.
void append_json(std::string& out, const client::Record& record);

}  // namespace weir::app
