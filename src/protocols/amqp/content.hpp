// A message on its way in: a publish, its header, and its body's frames put together.
#pragma once

#include <optional>
#include <variant>

#include "protocols/amqp/amqp_error.hpp"
#include "protocols/amqp/settings.hpp"
#include "protocols/amqp/wire/frame.hpp"

namespace weir::amqp {

// A whole message as it was published; views that live as long as the call that hands it over.
struct Publish {
    BasicPublish method;
    Properties properties;
    ByteView property_bytes;  // the same as they came
    ByteView body;
};

// Puts one message together at a time. What it is given is viewed, until keep() copies it: a message that
// comes in one piece is never copied.
class Content {
  public:
    bool expects_header() const { return stage_ == Stage::header; }
    bool expects_body() const { return stage_ == Stage::body; }
    bool idle() const { return stage_ == Stage::idle; }

    void begin(const BasicPublish& method);
    // Errors: 505 (no header of this class), 501 (a body too large to be announced), 406, which is soft (too
    // large for a message).
    std::optional<AmqpError> header(const ContentHeader& header, std::uint64_t max_message_bytes);
    // Errors: 501 (more than announced).
    std::optional<AmqpError> body(ByteView part);
    // What came instead of the frame that is expected. 505.
    AmqpError unexpected() const;

    bool complete() const { return stage_ == Stage::body && left_ == 0; }
    // Of a complete message. Errors: 502 (properties that can't be read).
    std::variant<Publish, AmqpError> message() const;
    // What is viewed is about to go.
    void keep();
    void clear();
    std::size_t kept_bytes() const { return kept_body_.size(); }

  private:
    enum class Stage { idle, header, body };

    Stage stage_ = Stage::idle;
    BasicPublish method_;
    ByteView properties_;
    std::uint64_t left_ = 0;  // of the body
    ByteView whole_body_;     // if it came in one frame
    Bytes kept_names_;        // what method_ views once it is kept; bytes stay where they are when moved
    Bytes kept_properties_;
    Bytes kept_body_;
};

}  // namespace weir::amqp
