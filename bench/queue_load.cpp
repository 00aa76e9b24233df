// The client of bench/queues: loads an AMQP broker's queues through librabbitmq; tells in JSON what it saw.
//
// queue_load HOST:PORT OPERATION [name=value...]; bench/queues builds and runs it.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

namespace {

using Options = std::map<std::string, std::string>;

constexpr int frame_bytes = 131'072;
constexpr amqp_channel_t channel = 1;
constexpr std::int64_t longest_pause_ns = 200'000;  // of a publisher with a rate, who looks for confirms then

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "queue_load: %s\n", what.c_str());
    std::exit(1);
}

std::int64_t now_ns() {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

std::int64_t number(const Options& options, const std::string& name, std::int64_t otherwise) {
    const auto at = options.find(name);
    return at == options.end() ? otherwise : std::atoll(at->second.c_str());
}

std::string text(const Options& options, const std::string& name) {
    const auto at = options.find(name);
    return at == options.end() ? "" : at->second;
}

amqp_bytes_t bytes(const std::string& value) {
    return {value.size(), const_cast<char*>(value.data())};
}

class Connection {
  public:
    explicit Connection(const std::string& address) : state_(amqp_new_connection()) {
        const auto colon = address.rfind(':');
        auto* socket = amqp_tcp_socket_new(state_);
        if (amqp_socket_open(socket, address.substr(0, colon).c_str(),
                             std::atoi(address.c_str() + colon + 1)) != 0)
            fail("can't connect to " + address);
        check(amqp_login(state_, "/", 0, frame_bytes, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "login");
        amqp_channel_open(state_, channel);
        check("channel.open");
    }
    ~Connection() {
        amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
        amqp_destroy_connection(state_);
    }
    amqp_connection_state_t state() const { return state_; }

    void check(const char* what) const { check(amqp_get_rpc_reply(state_), what); }
    static void check(const amqp_rpc_reply_t& reply, const char* what) {
        if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
        if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.decoded != nullptr) {
            const auto* close = static_cast<const amqp_channel_close_t*>(reply.reply.decoded);
            fail(std::string{what} + ": " +
                 std::string{static_cast<const char*>(close->reply_text.bytes), close->reply_text.len});
        }
        fail(std::string{what} + ": " + amqp_error_string2(reply.library_error));
    }

  private:
    amqp_connection_state_t state_;
};

// Times, and what is told of them.
class Latencies {
  public:
    void add(std::int64_t ns) { times_.push_back(ns); }
    void print(const char* name) {
        if (times_.empty()) return;
        std::sort(times_.begin(), times_.end());
        std::printf(", \"%s_p50_ms\": %.3f, \"%s_p99_ms\": %.3f", name, at(0.5), name, at(0.99));
    }

  private:
    double at(double share) const {
        const auto index = static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1));
        return static_cast<double>(times_[index]) / 1e6;
    }
    std::vector<std::int64_t> times_;
};

void print_begin(std::int64_t count, std::int64_t begin_ns) {
    const auto seconds = static_cast<double>(now_ns() - begin_ns) / 1e9;
    std::printf("{\"messages\": %lld, \"seconds\": %.3f, \"msg_per_s\": %.1f", static_cast<long long>(count),
                seconds, static_cast<double>(count) / seconds);
}

// What has been published and is not confirmed yet.
class Unconfirmed {
  public:
    void add(std::int64_t sent_ns) { sent_.push_back(sent_ns); }
    std::size_t size() const { return sent_.size() - early_; }

    // Waits for one frame.
    void read(const Connection& connection, Latencies& latencies) {
        amqp_frame_t frame;
        if (amqp_simple_wait_frame(connection.state(), &frame) != AMQP_STATUS_OK) fail("no confirms come");
        take(frame, latencies);
        amqp_maybe_release_buffers(connection.state());
    }
    // Takes what has come already.
    void read_waiting(const Connection& connection, Latencies& latencies) {
        timeval none{};
        amqp_frame_t frame;
        while (amqp_simple_wait_frame_noblock(connection.state(), &frame, &none) == AMQP_STATUS_OK)
            take(frame, latencies);
    }

  private:
    void take(const amqp_frame_t& frame, Latencies& latencies) {
        if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
            fail("something else than an ack came");
        const auto& ack = *static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
        const auto now = now_ns();
        if (!ack.multiple) return take_one(ack.delivery_tag, now, latencies);
        while (!sent_.empty() && first_ <= ack.delivery_tag) take_first(now, latencies);
    }
    void take_one(std::uint64_t tag, std::int64_t now, Latencies& latencies) {
        if (tag < first_) return;
        auto& sent = sent_[tag - first_];
        latencies.add(now - sent);
        sent = done;
        ++early_;
        while (!sent_.empty() && sent_.front() == done) take_first(now, latencies);
    }
    void take_first(std::int64_t now, Latencies& latencies) {
        if (sent_.front() == done)
            --early_;
        else
            latencies.add(now - sent_.front());
        sent_.pop_front();
        ++first_;
    }

    static constexpr std::int64_t done = -1;
    std::deque<std::int64_t> sent_;
    std::uint64_t first_ = 1;
    std::size_t early_ = 0;  // are done and not first
};

void pause(std::int64_t ns) {
    const timespec time{.tv_sec = 0, .tv_nsec = std::max<std::int64_t>(ns, 0)};
    nanosleep(&time, nullptr);
}

void publish(const Connection& connection, const Options& options) {
    const auto count = number(options, "count", 100'000), rate = number(options, "rate", 0);
    const auto window = static_cast<std::size_t>(number(options, "window", 1000));
    const auto exchange = text(options, "exchange"), key = text(options, "queue");
    std::string body(static_cast<std::size_t>(number(options, "size", 1024)), 'x');
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = 2;
    amqp_confirm_select(connection.state(), channel);
    connection.check("confirm.select");
    Unconfirmed unconfirmed;
    Latencies latencies;
    const auto begin = now_ns();
    for (std::int64_t n = 0; n < count; ++n) {
        while (unconfirmed.size() >= window) unconfirmed.read(connection, latencies);
        const auto due_ns = rate > 0 ? begin + n * 1'000'000'000 / rate : 0;
        while (now_ns() < due_ns) {
            unconfirmed.read_waiting(connection, latencies);
            pause(std::min(due_ns - now_ns(), longest_pause_ns));
        }
        const auto now = now_ns();
        if (body.size() >= sizeof now) std::memcpy(body.data(), &now, sizeof now);
        if (amqp_basic_publish(connection.state(), channel, bytes(exchange), bytes(key), 0, 0, &properties,
                               bytes(body)) != AMQP_STATUS_OK)
            fail("can't publish");
        unconfirmed.add(now);
    }
    while (unconfirmed.size() > 0) unconfirmed.read(connection, latencies);
    print_begin(count, begin);
    latencies.print("confirm");
    std::printf("}\n");
}

void consume(const Connection& connection, const Options& options) {
    const auto count = number(options, "count", 100'000), ack_every = number(options, "ack_every", 1);
    const auto queue = text(options, "queue");
    const bool measures = number(options, "latency", 0) != 0;
    amqp_basic_qos(connection.state(), channel, 0,
                   static_cast<std::uint16_t>(number(options, "prefetch", 1000)), 0);
    connection.check("basic.qos");
    amqp_basic_consume(connection.state(), channel, bytes(queue), amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
    connection.check("basic.consume");
    Latencies latencies;
    const auto begin = now_ns();
    for (std::int64_t n = 1; n <= count; ++n) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection.state());
        Connection::check(amqp_consume_message(connection.state(), &envelope, nullptr, 0), "a delivery");
        if (std::int64_t sent = 0; measures && envelope.message.body.len >= sizeof sent) {
            std::memcpy(&sent, envelope.message.body.bytes, sizeof sent);
            latencies.add(now_ns() - sent);
        }
        if (n % ack_every == 0 || n == count)
            amqp_basic_ack(connection.state(), channel, envelope.delivery_tag, ack_every > 1);
        amqp_destroy_envelope(&envelope);
    }
    // An answer means that the acknowledgements before it were read.
    amqp_queue_declare(connection.state(), channel, bytes(queue), 1, 0, 0, 0, amqp_empty_table);
    connection.check("queue.declare");
    print_begin(count, begin);
    latencies.print("end_to_end");
    std::printf("}\n");
}

// Durable queues PREFIX-0 to PREFIX-(count - 1), bound to the fan-out exchange if one is named.
void declare(const Connection& connection, const Options& options) {
    const auto count = number(options, "count", 1);
    const auto prefix = text(options, "prefix"), exchange = text(options, "exchange"),
               type = text(options, "type");
    amqp_table_entry_t entry{.key = amqp_cstring_bytes("x-queue-type"), .value = {}};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = bytes(type);
    const amqp_table_t arguments{.num_entries = type.empty() ? 0 : 1, .entries = &entry};
    if (!exchange.empty()) {
        amqp_exchange_declare(connection.state(), channel, bytes(exchange), amqp_cstring_bytes("fanout"), 0,
                              1, 0, 0, amqp_empty_table);
        connection.check("exchange.declare");
    }
    Latencies latencies;
    const auto begin = now_ns();
    for (std::int64_t n = 0; n < count; ++n) {
        const auto name = prefix + "-" + std::to_string(n);
        const auto sent = now_ns();
        amqp_queue_declare(connection.state(), channel, bytes(name), 0, 1, 0, 0, arguments);
        connection.check("queue.declare");
        latencies.add(now_ns() - sent);
        amqp_maybe_release_buffers(connection.state());
        if (exchange.empty()) continue;
        amqp_queue_bind(connection.state(), channel, bytes(name), bytes(exchange), amqp_empty_bytes,
                        amqp_empty_table);
        connection.check("queue.bind");
    }
    print_begin(count, begin);
    latencies.print("declare");
    std::printf("}\n");
}

void remove(const Connection& connection, const Options& options) {
    const auto prefix = text(options, "prefix");
    for (std::int64_t n = 0; n < number(options, "count", 1); ++n) {
        const auto name = prefix + "-" + std::to_string(n);
        amqp_queue_delete(connection.state(), channel, bytes(name), 0, 0);
        connection.check("queue.delete");
        amqp_maybe_release_buffers(connection.state());
    }
    std::printf("{}\n");
}

void count_ready(const Connection& connection, const Options& options) {
    const auto queue = text(options, "queue");
    const auto* ok =
        amqp_queue_declare(connection.state(), channel, bytes(queue), 1, 0, 0, 0, amqp_empty_table);
    connection.check("queue.declare");
    std::printf("{\"ready\": %u}\n", ok->message_count);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) fail("usage: queue_load HOST:PORT publish|consume|declare|delete|ready [name=value...]");
    Options options;
    for (int n = 3; n < argc; ++n) {
        const std::string argument{argv[n]};
        const auto equals = argument.find('=');
        if (equals == std::string::npos) fail("not name=value: " + argument);
        options[argument.substr(0, equals)] = argument.substr(equals + 1);
    }
    const std::map<std::string, void (*)(const Connection&, const Options&)> operations{
        {"publish", publish},
        {"consume", consume},
        {"declare", declare},
        {"delete", remove},
        {"ready", count_ready}};
    const auto operation = operations.find(argv[2]);
    if (operation == operations.end()) fail(std::string{"no operation "} + argv[2]);
    operation->second(Connection{argv[1]}, options);
}
