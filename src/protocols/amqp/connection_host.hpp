// What a connection needs of those around it: who may log in, which virtual hosts there are, and who serves
// its channels. All calls come from within the machine's own, and may call it back.
#pragma once

#include "broker/live_connections.hpp"
#include "protocols/amqp/content.hpp"
#include "protocols/amqp/credentials.hpp"

namespace weir::amqp {

// The first three are answered by a call of the machine's, at once or later; no more input is handled before.
class ConnectionHost {
  public:
    virtual ~ConnectionHost() = default;

    // Answered by login_accepted() or login_refused(). Views are good for this call.
    virtual void on_login(const Credentials& credentials) = 0;
    // Answered by open_accepted() or open_refused().
    virtual void on_open(std::string_view virtual_host) = 0;
    // A new password or token for the user who has logged in. Answered by secret_accepted() or
    // secret_refused().
    virtual void on_update_secret(std::string_view secret, std::string_view reason) = 0;
    // There is output where was none: have it sent soon.
    virtual void on_output() = 0;
};

// Serves a connection's channels. The machine has opened a channel before it hands over the first method, and
// hands over none after the last.
class ChannelHandler {
  public:
    virtual ~ChannelHandler() = default;

    virtual void on_channel_opened(ChannelNumber channel) = 0;
    // The channel has ended, by whatever side: what it holds goes back. Until that is done the handler holds
    // the channel; the client hears of the end only then.
    virtual void on_channel_closed(ChannelNumber channel) = 0;
    // All channels have ended and the connection is about to: what belongs to it goes (exclusive queues).
    // True if that is done, else the handler calls released() later. Not called if the connection was never
    // opened.
    virtual bool on_connection_closed() = 0;
    // A method of the classes exchange, queue, basic, confirm and tx that a client may send; views are good
    // for this call. Replies and errors go through the machine.
    virtual void on_method(ChannelNumber channel, const AnyMethod& method) = 0;
    virtual void on_publish(ChannelNumber channel, const Publish& publish) = 0;
    // The user has given another secret: what is under way is looked at by the user's rights once more.
    virtual void on_secret_updated() {}
    // Adds the channels to what is said of the connection.
    virtual void describe(broker::LiveConnection&) {}
    // Deliveries are accepted again, after accepts_deliveries() said that they are not.
    virtual void on_drained() = 0;
};

}  // namespace weir::amqp
