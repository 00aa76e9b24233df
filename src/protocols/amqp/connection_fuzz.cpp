// Fuzzes a whole connection: any bytes, before the handshake and after it, cut anywhere; and frames,
// messages, errors and time in any order.
#include <algorithm>
#include <set>

#include "base/assert.hpp"
#include "support/scripted_amqp.hpp"

namespace weir::amqp {
namespace {

using test::ScriptedAmqp;

// Every channel that was opened has been given back, and all that was said can be read.
void check_end(ScriptedAmqp& client, int opened_before) {
    client.said();
    client.machine->disconnected();
    const auto count = [&](std::string_view what) {
        return std::ranges::count_if(client.events, [&](const auto& e) { return e.starts_with(what); });
    };
    ASSERT(count("closed") == count("opened") + opened_before);
    ASSERT(count("gone") <= 1);
}

void fuzz_bytes(ByteView input, bool connected, std::size_t step) {
    ScriptedAmqp client;
    if (connected) client.connect();
    while (!input.empty() && client.machine->wants_input()) {
        const auto part = input.first(std::min(input.size(), step));
        client.bytes(part);
        input = input.subspan(part.size());
        client.clock.advance_ms(1);
        client.machine->tick();
    }
    check_end(client, connected ? 1 : 0);
}

// The fuzzer's bytes as a list of things that happen.
class Steps {
  public:
    explicit Steps(ByteView input) : input_(input) { client_.connect(3, 4096, 10); }

    void run() {
        while (!input_.empty()) step();
        check_end(client_, 1);
    }

  private:
    std::uint8_t next() {
        if (input_.empty()) return 0;
        const auto byte = input_.front();
        input_ = input_.subspan(1);
        return byte;
    }
    ByteView next_bytes() {
        const auto size = std::min<std::size_t>(next(), input_.size());
        const auto bytes = input_.first(size);
        input_ = input_.subspan(size);
        return bytes;
    }
    ChannelNumber channel() { return static_cast<ChannelNumber>(next() % 4); }
    void step() {
        auto& machine = *client_.machine;
        switch (next() % 13) {
            case 0: {
                const auto type = next();
                const auto number = channel();
                return client_.bytes(ScriptedAmqp::frame(type, number, next_bytes()));
            }
            case 1: client_.method(channel(), ChannelOpen{}); return;
            case 2: client_.method(channel(), ChannelClose{}); return;
            case 3: client_.method(channel(), ChannelCloseOk{}); return;
            case 4: {
                const auto message =
                    ScriptedAmqp::publish(channel(), "e", "k", std::string(next() * 8u, 'b'));
                return client_.bytes(ByteView{message}.first(std::min(message.size(), next() * 10ul)));
            }
            case 5: client_.method(0, ConnectionClose{}); return;
            case 6: return machine.fail(channel(), {ReplyCode::not_found, "fuzzed", no_method});
            case 7: return machine.set_low(next() % 2 ? "memory" : "");
            case 8: client_.clock.advance_ms(next() * 10); return machine.tick();
            case 9: return machine.send_content(channel(), BasicDeliver{}, Bytes{0, 0}, next_bytes());
            case 10: return toggle_hold();
            case 11: return toggle_channel_hold();
            default: return release();
        }
    }
    void toggle_channel_hold() {
        const auto number = channel();
        if (held_channels_.erase(number) != 0) return client_.machine->resume(number);
        if (!client_.machine->is_open(number)) return;
        held_channels_.insert(number);
        client_.machine->hold(number);
    }
    void toggle_hold() {
        held_ = !held_;
        if (held_)
            client_.machine->hold();
        else
            client_.machine->resume();
    }
    // Gives back late what was given back late before, from then on at once; or the other way round.
    void release() {
        client_.releases = !client_.releases;
        if (client_.releases) {
            while (!client_.late.empty()) client_.release();
        }
    }

    ByteView input_;
    ScriptedAmqp client_;
    bool held_ = false;
    std::set<ChannelNumber> held_channels_;
};

}  // namespace
}  // namespace weir::amqp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const weir::ByteView input{data + 2, size - 2};
    if (data[0] & 2)
        weir::amqp::Steps(input).run();
    else
        weir::amqp::fuzz_bytes(input, data[0] & 1, std::size_t{1} << data[1] % 16);
    return 0;
}
