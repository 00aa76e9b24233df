// One AMQP 0-9-1 connection without its socket: bytes in, bytes out, and calls to those who decide.
//
// Follows RabbitMQ where clients can tell, in its order, codes and texts. The parts are in
// connection_machine.cpp (bytes and time), connection_handshake.cpp (until it is open),
// connection_channels.cpp (its channels), connection_holds.cpp (what waits) and connection_end.cpp (errors
// and closing).
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "protocols/amqp/client_facts.hpp"
#include "protocols/amqp/connection_host.hpp"
#include "protocols/amqp/heartbeats.hpp"
#include "protocols/amqp/input_buffer.hpp"
#include "protocols/amqp/tuning.hpp"

namespace weir::amqp {

// Of one thread. The host and the handler outlive it.
class ConnectionMachine {
  public:
    // What has become of the connection.
    enum class Ending {
        none,
        finished,  // send what output there is, then close the socket
        amqp_1_0,  // the client speaks AMQP 1.0: unread() belongs to another machine
    };

    ConnectionMachine(const Settings& settings, const Clock& clock, ConnectionHost& host,
                      ChannelHandler& handler);

    // ---- The socket's side.

    // Where the next bytes from the client shall go; never empty.
    ByteSpan room() { return input_.room(state_ == State::running); }
    void received(std::size_t count);
    // False while the client must wait: read no more.
    bool wants_input() const { return ending_ == Ending::none && holds_ == 0; }
    // Does what is due by now. Call it again at next_ms(), and after every call that may have moved that.
    void tick();
    std::int64_t next_ms() const;  // by the clock's monotonic_ms(); never_ms if nothing is due
    bool has_output() const { return !output_.empty(); }
    std::size_t output_bytes() const { return output_.size(); }
    Bytes take_output();
    // How much of what was taken still waits to be sent.
    void set_unsent(std::size_t bytes);
    Ending ending() const { return ending_; }
    // What came behind the header of an AMQP 1.0 client.
    ByteView unread() const { return input_.view(); }
    // Why the connection has ended, or ends, for the log; empty if the client closed it.
    const std::string& reason() const { return reason_; }
    // The socket is gone: what the channels hold goes back.
    void disconnected();

    // ---- The host's answers; each only while it is asked for.

    void login_accepted();
    // Why goes to the log: a client is not told.
    void login_refused(std::string_view why);
    void open_accepted();
    // E.g. 530 "vhost X not found"; of connection.open, whatever the error says.
    void open_refused(AmqpError error);
    void secret_accepted();
    void secret_refused();

    // ---- The handler's side.

    template <Method M>
    void send(ChannelNumber channel, const M& method) {
        if (!is_open(channel)) return;
        begin_output();
        append_method(output_, channel, method);
    }
    // A method that carries a message: basic.deliver, basic.get-ok, basic.return.
    template <Method M>
    void send_content(ChannelNumber channel, const M& method, ByteView properties, ByteView body) {
        static_assert(M::info.has_content);
        if (!is_open(channel)) return;
        begin_output();
        append_method(output_, channel, method);
        append_header(output_, channel, {M::info.id.class_id, 0, body.size(), properties});
        append_body(output_, channel, body, tuning_.frame_max);
    }
    // Ends the channel, or if the error is a hard one the connection. Without effect once the channel has
    // ended.
    void fail(ChannelNumber channel, const AmqpError& error);
    // What on_connection_closed() left to do is done.
    void released();
    // All input is held back from hold() to as many resume().
    void hold();
    void resume();
    // The same of a channel that is there: for work that must come before what follows on it. Its number is
    // not given to another channel meanwhile, whatever ends; other channels go on.
    void hold(ChannelNumber channel);
    void resume(ChannelNumber channel);
    bool is_open(ChannelNumber channel) const;
    // Whether the client takes what it is sent. If not, make no deliveries until on_drained().
    bool accepts_deliveries();

    // ---- The broker's side.

    // Resources are low ("memory", "disk", "memory & disk"), or no more if empty: clients that publish wait.
    void set_low(std::string_view resources);
    // Ends the connection from this side: 320, or at once if it was never opened.
    void shut_down(std::string_view why);

    // ---- What was agreed on.

    const ClientFacts& client() const { return client_; }
    const Tuning& tuning() const { return tuning_; }
    bool is_running() const { return state_ == State::running; }
    std::size_t channels() const { return channels_.size(); }

  private:
    enum class State {
        greeting,  // waiting for the protocol header
        starting,  // connection.start is sent
        securing,  // waiting for the host's word about the login
        tuning,    // connection.tune is sent
        opening,   // tuned, not yet open
        running,
        releasing,  // ends: channels and queues are given back
        closed,     // waiting for close-ok, or for the client to go
        silent,     // ends: nothing is said and nothing heard until the deadline
    };
    // Why input waits; `backlog`: too much of it waits for channels, `closing`: the client has closed the
    // connection, and channels are not done with what came before.
    enum Hold : unsigned {
        asking = 1,
        blocked = 2,
        giving_back = 4,
        handler_busy = 8,
        backlog = 16,
        closing = 32
    };

    struct Channel {
        bool closing = false;          // it has ended: all but the answer to channel.close is swallowed
        bool close_ok_is_due = false;  // the client has closed it, and hears of that when it is held no more
        int holds = 0;
        Content content;
    };
    // A frame that came while its channel was held.
    struct HeldFrame {
        FrameType type{};
        Bytes payload;
    };

    // connection_machine.cpp
    void process();
    bool step();
    void keep_unfinished();
    void begin_output();
    template <Method M>
    void send_own(const M& method) {
        begin_output();
        append_method(output_, 0, method);
    }
    void set_hold(Hold hold, bool on);
    void on_frame(const Frame& frame);
    void handle_frame(const Frame& frame);
    void on_own_frame(const Frame& frame);
    void on_own_method(const Frame& frame);
    void dispatch_own(const AnyMethod& method);

    // connection_holds.cpp
    bool must_wait(ChannelNumber number) const;
    void keep_back(const Frame& frame);
    bool step_held();
    void serve_held(ChannelNumber number);
    bool is_settled() const { return held_channels_ == 0 && held_frames_.empty(); }
    void charge_held(std::ptrdiff_t bytes);
    void drop_held();

    // connection_handshake.cpp
    void on_greeting(ByteView header);
    void refuse_greeting(std::string_view why, bool prefers_0_9_1);
    void on_start_ok(const ConnectionStartOk& start_ok);
    void refuse_login(AmqpError error);
    void on_tune_ok(const ConnectionTuneOk& tune_ok);
    void on_open(const ConnectionOpen& open);

    // connection_channels.cpp
    void on_channel_frame(const Frame& frame);
    Channel* channel_for(const Frame& frame);
    void on_closing_channel(const Frame& frame);
    void on_channel_method(ChannelNumber number, Channel& channel, ByteView payload);
    void dispatch_channel(ChannelNumber number, Channel& channel, const AnyMethod& method);
    void begin_content(ChannelNumber number, Channel& channel, const BasicPublish& method);
    void on_content_header(ChannelNumber number, Channel& channel, const Frame& frame);
    void on_content_body(ChannelNumber number, Channel& channel, ByteView part);
    void finish_content(ChannelNumber number, Channel& channel);
    void clear_content(Channel& channel);
    void on_flow(ChannelNumber number, bool active);
    void on_channel_close(ChannelNumber number);
    void end_channel(ChannelNumber number);
    bool is_late(ChannelNumber number);
    void open_channel(ChannelNumber number);
    void publish_seen();
    void update_blocked();

    // connection_end.cpp
    void fail_connection(const AmqpError& error);
    void fail_decoding(const Error& error, ChannelNumber channel, MethodId method, ByteView fields);
    void lose_beat(const AmqpError& error);
    bool may_tell(const AmqpError& error) const;
    std::int64_t closing_timeout() const;
    void go_silent(std::string_view why);
    void begin_release(std::optional<AmqpError> error);
    void release_channel(ChannelNumber number);
    void end_release();
    void tell_end();
    void on_close();
    void on_close_ok();
    void finish(std::string_view why);

    const Settings& settings_;
    const Clock& clock_;
    ConnectionHost& host_;
    ChannelHandler& handler_;

    State state_ = State::greeting;
    Ending ending_ = Ending::none;
    std::string reason_;
    InputBuffer input_;
    Bytes output_;
    std::size_t unsent_bytes_ = 0;  // taken from output_ before
    bool drain_wanted_ = false;
    std::int64_t deadline_ms_;  // of the handshake, or of the end
    Heartbeats heartbeats_;
    unsigned holds_ = 0;  // a set of Hold
    int handler_holds_ = 0;
    bool processing_ = false;

    ClientFacts client_;
    Tuning tuning_;
    std::unordered_map<ChannelNumber, Channel> channels_;
    std::unordered_map<ChannelNumber, std::int64_t> ended_ms_;  // by this side, and not opened again since
    std::vector<ChannelNumber> unfinished_;                     // whose content began in the bytes at hand
    std::uint64_t unfinished_bytes_ = 0;

    std::string low_;  // the resources that are low
    bool told_blocked_ = false;

    int held_channels_ = 0;
    std::unordered_map<ChannelNumber, std::deque<HeldFrame>> held_frames_;  // never an empty queue
    std::deque<ChannelNumber> ready_;                                       // that were held, and are no more
    std::size_t held_bytes_ = 0;

    std::int64_t closing_timeout_ms_ = 0;
    std::optional<AmqpError> last_error_;  // why the connection ends; none if the client closed it
    bool was_open_ = false;
};

}  // namespace weir::amqp
